package mailbox

import (
	"net/http"
	"time"

	"github.com/sarnakh/sarnakh/internal/web"
)

type messageJSON struct {
	ID          int64     `json:"id"`
	To          string    `json:"to"`
	From        string    `json:"from"`
	FromName    string    `json:"from_name"`
	Subject     string    `json:"subject"`
	SentAt      time.Time `json:"sent_at"`
	Links       []Link    `json:"links"`
	Images      []string  `json:"images"`
	Unsubscribe string    `json:"unsubscribe"`
	Text        string    `json:"text"`
	HTML        string    `json:"html"`
}

// maxJSON bounds one answer of the mailbox to scripts.
const maxJSON = 500

// json lists messages for scripts, the newest first: ?limit= (50, at most 500),
// ?to= one recipient, ?before= an id to go back from. ?after= an id (or 0) lists what
// came since, the oldest first.
func (p pages) json(w http.ResponseWriter, r *http.Request) error {
	o := options(r)
	o.Limit = 50
	if n := number(r, "limit"); n > 0 {
		o.Limit = int(min(n, maxJSON))
	}
	found, _, err := p.m.List(r.Context(), o)
	if err != nil {
		return err
	}
	out := make([]messageJSON, 0, len(found))
	for _, m := range found {
		c := m.Read()
		if c.Links == nil {
			c.Links = []Link{}
		}
		if c.Images == nil {
			c.Images = []string{}
		}
		out = append(out, messageJSON{
			ID: m.ID, To: m.Recipient, From: m.Sender, FromName: m.FromName, Subject: m.Subject, SentAt: m.SentAt.UTC(),
			Links: c.Links, Images: c.Images, Unsubscribe: c.Unsubscribe, Text: c.Text, HTML: c.HTML,
		})
	}
	return web.JSON(w, http.StatusOK, out)
}
