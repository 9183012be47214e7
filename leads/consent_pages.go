package leads

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

type privacyPage struct {
	web.Page
	Lead       *Lead
	Name       string
	Erased     bool
	States     []stateRow
	Acts       []actRow
	Older      int64
	Candidates []personRow
	Merges     []mergedRow
	Form       consentForm
}

// stateRow is where the lead stands with a purpose and channel.
type stateRow struct {
	Purpose, Channel string
	Tone, State      string
	At               time.Time
}

// actRow is one act in words.
type actRow struct {
	*Consent
	Purpose, Channel, Tone, State, Basis, Way string
	From                                      origin
}

// consentForm is where staff write down what somebody told them.
type consentForm struct {
	Purpose, Words                string
	States, Channels, Bases, Ways []option
	Errors                        map[string]string
}

// tones are the colours of a consent's states.
var tones = map[string]string{ConsentGranted: "good", ConsentPending: "warn", ConsentDenied: "muted", ConsentWithdrawn: "bad"}

// privacy shows what a lead agreed to, how it came to be one person, and what can be done
// with what is known of them.
func (p pages) privacy(w http.ResponseWriter, r *http.Request) error {
	l, done, err := p.lead(w, r)
	if err != nil || done {
		return err
	}
	return p.showPrivacy(w, r, http.StatusOK, l, Consent{Purpose: PurposeMarketing, Channel: "email", State: ConsentGranted, Basis: BasisConsent, How: "phone"}, nil)
}

func (p pages) showPrivacy(w http.ResponseWriter, r *http.Request, status int, l *Lead, written Consent, said map[string]string) error {
	ctx := r.Context()
	data := privacyPage{Page: p.kit.StaffPage(w, r, "privacy.title"), Lead: l, Erased: !l.ErasedAt.IsZero()}
	data.Name = calledOn(data.Page, l)
	states, err := p.s.ConsentStates(ctx, p.s.db.Read(), l.ID)
	if err != nil {
		return err
	}
	for _, c := range states {
		data.States = append(data.States, stateRow{purposeName(data.Page, c.Purpose), data.T("leads.channel." + c.Channel), tones[c.State], data.T("privacy.state." + c.State), c.At})
	}
	acts, more, err := p.s.consentsBefore(ctx, p.s.db.Read(), l.ID, queryID(r, "before"), perPage)
	if err != nil {
		return err
	}
	t := &teller{Page: data.Page, ctx: ctx, desk: p.s.desk}
	for _, c := range acts {
		data.Acts = append(data.Acts, t.act(c))
	}
	if more {
		data.Older = acts[len(acts)-1].ID
	}
	if data.Merges, err = p.merges(ctx, data.Page, l); err != nil {
		return err
	}
	found, err := p.s.duplicatesOf(ctx, l.ID)
	if err != nil {
		return err
	}
	for _, other := range found {
		data.Candidates = append(data.Candidates, person(data.Page, other))
	}
	data.Form = consentForm{
		Purpose: written.Purpose, Words: written.Words, Errors: said,
		States: words(data.Page, "privacy.state.", ConsentStates, written.State), Channels: words(data.Page, "leads.channel.", Channels, written.Channel),
		Bases: words(data.Page, "privacy.basis.", Bases, written.Basis), Ways: words(data.Page, "privacy.way.", Ways, written.How),
	}
	return p.kit.Render(w, status, "app", "leads_privacy", data)
}

// act is an act as a page shows it.
func (t *teller) act(c *Consent) actRow {
	row := actRow{Consent: c, Purpose: purposeName(t.Page, c.Purpose), Tone: tones[c.State], State: t.T("privacy.state." + c.State),
		Channel: t.T("leads.channel." + c.Channel), Basis: t.T("privacy.basis." + c.Basis), From: t.origin(c.Source)}
	if c.How != "" {
		row.Way = t.T("privacy.way." + c.How)
	}
	return row
}

// purposeName is a purpose in words, where the catalogue has them.
func purposeName(p web.Page, purpose string) string {
	if key := "privacy.purpose." + purpose; p.Has(key) {
		return p.T(key)
	}
	return purpose
}

// recordConsent takes what staff were told: on the telephone, on paper.
func (p pages) recordConsent(w http.ResponseWriter, r *http.Request) error {
	l, done, err := p.lead(w, r)
	if err != nil || done {
		return err
	}
	if err := web.ParseForm(r); err != nil {
		return err
	}
	form := r.PostForm
	page := p.kit.Page(r, "")
	c := &Consent{
		LeadID: l.ID, Purpose: strings.TrimSpace(form.Get("purpose")), Channel: form.Get("channel"), State: form.Get("state"), Basis: form.Get("basis"),
		Words: strings.TrimSpace(form.Get("words")), Language: string(page.Lang), Source: "staff", How: form.Get("how"), ByWhom: web.Who(r).Name,
	}
	err = p.s.StateConsent(r.Context(), c)
	if bad, ok := errs.AsFields(err); ok {
		return p.showPrivacy(w, r, http.StatusUnprocessableEntity, l, *c, page.Say(bad))
	}
	if err != nil {
		return err
	}
	web.SetFlash(w, "good", page.T("privacy.recorded"))
	return web.Redirect(w, r, "%s/privacy", leadPath(l.ID))
}

// StateConsent writes down what somebody said outside of our pages. A consent needs the
// words; a lead that was merged or erased is a Conflict.
func (s *Service) StateConsent(ctx context.Context, c *Consent) error {
	if c.Basis == "" {
		c.Basis = BasisConsent
	}
	if err := c.Check(); err != nil {
		return err
	}
	if c.State == ConsentGranted && strings.TrimSpace(c.Words) == "" {
		return errs.Fields{"words": "errors.privacy.words"}
	}
	if c.At.After(s.clock.Now()) {
		return errs.Fields{"at": "errors.privacy.future"}
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		rows, err := s.hold(ctx, tx, c.LeadID)
		if err != nil {
			return err
		}
		if err := rows[c.LeadID].stands(); err != nil {
			return err
		}
		return s.RecordConsents(ctx, tx, c)
	})
}

type proofPage struct {
	web.Page
	Lead   *Lead
	Name   string
	Proof  *Proof
	States []stateRow
	Acts   []actRow
}

// proof is the proof of consent to print.
func (p pages) proof(w http.ResponseWriter, r *http.Request) error {
	l, done, err := p.lead(w, r)
	if err != nil || done {
		return err
	}
	proof, err := p.s.ConsentProof(r.Context(), l.ID, p.kit.PublicURL)
	if err != nil {
		return err
	}
	data := proofPage{Page: p.kit.StaffPage(w, r, "privacy.proof"), Lead: l, Proof: proof}
	data.Name = calledOn(data.Page, l)
	for _, c := range proof.Payload.Now {
		data.States = append(data.States, stateRow{purposeName(data.Page, c.Purpose), data.T("leads.channel." + c.Channel), tones[c.State], data.T("privacy.state." + c.State), c.At})
	}
	t := &teller{Page: data.Page, ctx: r.Context(), desk: p.s.desk}
	for _, c := range proof.Payload.Acts {
		data.Acts = append(data.Acts, t.act(c))
	}
	return p.kit.Render(w, http.StatusOK, "app", "leads_proof", data)
}

// proofFile is the proof of consent to keep.
func (p pages) proofFile(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	proof, err := p.s.ConsentProof(r.Context(), id, p.kit.PublicURL)
	if err != nil {
		return err
	}
	return download(w, "consent-proof", proof.Payload.Person.LeadID, proof)
}
