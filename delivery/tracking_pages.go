package delivery

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

// pixel is a picture of one transparent point.
var pixel = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")

// patience is how long a reader waits for us to write a hit down.
const patience = 2 * time.Second

// open hands out the picture and counts the message as opened.
func (p pages) open(w http.ResponseWriter, r *http.Request) error {
	id, ok := messageOf(p.s.signer, purposeOpen, r.PathValue("token"), "")
	if !ok {
		return fmt.Errorf("open: the link is not one of ours: %w", errs.NotFound)
	}
	p.count(r, hit{message: id})
	w.Header().Set("Content-Type", "image/gif")
	w.Header().Set("Cache-Control", "no-store")
	_, err := w.Write(pixel)
	return err
}

// click counts the click and leads on, to the address that we signed and no other.
func (p pages) click(w http.ResponseWriter, r *http.Request) error {
	target := r.URL.Query().Get("u")
	id, ok := messageOf(p.s.signer, purposeClick, r.PathValue("token"), target)
	if !ok || !webAddress(target) {
		return fmt.Errorf("click: the link is not one of ours: %w", errs.NotFound)
	}
	p.count(r, hit{message: id, url: target})
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer") // the token stays between us
	http.Redirect(w, r, target, http.StatusFound)
	return nil
}

// count writes a hit down. The reader gets the picture and the page even when that
// fails; programs that only look ahead are not counted.
func (p pages) count(r *http.Request, h hit) {
	if r.Method == http.MethodHead || web.LooksAhead(r) {
		return
	}
	// The reader may be gone by now; the hit happened all the same. And no reader
	// waits long for a database that is busy: the write goes on behind them.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), patience)
	defer cancel()
	if err := p.s.hits.Do(ctx, h); err != nil {
		p.s.log.Error("delivery: recording of a hit not confirmed", "message", h.message, "error", err)
	}
}
