package forms

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/leads"
)

// Submission is one filled-in form.
type Submission struct {
	bun.BaseModel `bun:"table:submissions,alias:submission"`

	ID        int64          `bun:",pk,autoincrement" json:"id"`
	FormID    int64          `json:"form_id"`
	LeadID    int64          `json:"lead_id"`
	Once      string         `json:"-"` // see answers.key
	VisitorID string         `json:"visitor_id"`
	Answers   map[string]any `bun:"type:jsonb" json:"answers"`
	Page      string         `json:"page"`
	CreatedAt time.Time      `json:"created_at"`
}

// sending is a submission on its way into the database.
type sending struct {
	form    *Form
	answers *answers
}

// submit stores a checked submission: when it returns nil, the submission, the lead,
// the consent and the event that sets everything else off are on the disk, together.
// Submissions that arrive at the same time share one commit.
func (s *Service) submit(ctx context.Context, form *Form, a *answers) error {
	if form.Definition.Closed {
		return fmt.Errorf("form %s: closed: %w", form.Key, errs.Gone)
	}
	return s.batch.Do(ctx, &sending{form: form, answers: a})
}

// store writes a batch of submissions, set-wise: one statement for each table, and
// one more for each lead that was known already.
func (s *Service) store(ctx context.Context, tx db.Tx, batch []*sending) error {
	now := s.clock.Now()
	profiles := make([]*leads.Profile, len(batch))
	for i, b := range batch {
		profiles[i] = b.answers.profile()
	}
	people, err := s.leads.Upsert(ctx, tx, profiles)
	if err != nil {
		return err
	}
	byOnce := make(map[string]int, len(batch))
	rows := make([]*Submission, 0, len(batch))
	for i, b := range batch {
		once := b.answers.key(b.form)
		if _, twice := byOnce[once]; twice {
			continue
		}
		byOnce[once] = i
		rows = append(rows, &Submission{
			FormID: b.form.ID, LeadID: people[i].ID, Once: once, VisitorID: b.answers.visitor,
			Answers: b.answers.values, Page: b.answers.page, CreatedAt: now,
		})
	}
	type key struct {
		ID   int64
		Once string
	}
	var made []key
	if err := tx.NewInsert().Model(&rows).ExcludeColumn("id").
		On("CONFLICT (once) DO NOTHING").Returning("id, once").Scan(ctx, &made); err != nil {
		return fmt.Errorf("submissions: insert: %w", err)
	}
	events := make([]*leads.Event, 0, len(made))
	var consents []*leads.Consent
	for _, m := range made {
		b, lead := batch[byOnce[m.Once]], people[byOnce[m.Once]]
		events = append(events, b.event(m.ID, lead.ID, now))
		if b.answers.consents {
			consents = append(consents, b.consent(lead.ID, now))
		}
	}
	if err := s.leads.RecordConsents(ctx, tx, consents...); err != nil {
		return err
	}
	return s.leads.Record(ctx, tx, events...)
}

func (b *sending) event(submissionID, leadID int64, now time.Time) *leads.Event {
	properties := map[string]any{"form": b.form.Key, "submission": submissionID}
	if b.answers.page != "" {
		properties["page"] = b.answers.page
	}
	if source := b.answers.touch.Source; source != "" {
		properties["utm_source"] = source
	}
	return &leads.Event{
		MessageID: fmt.Sprintf("submission:%d", submissionID), LeadID: leadID, VisitorID: b.answers.visitor,
		Name: leads.EventFormSubmitted, Properties: properties, Source: "form:" + b.form.Key, OccurredAt: now,
	}
}

func (b *sending) consent(leadID int64, now time.Time) *leads.Consent {
	c := b.form.Definition.Consent
	return &leads.Consent{
		LeadID: leadID, Purpose: "marketing", Channel: "email", State: leads.ConsentGranted,
		Words: c.Words.In(b.answers.lang), Language: string(b.answers.lang),
		Source: "form:" + b.form.Key, Page: b.answers.page,
		IP: b.answers.ip, UserAgent: b.answers.agent, At: now,
	}
}

// key identifies one act of sending: the number that the shown form carried and the
// answers. A double click has the same key; a corrected answer, sent from the same
// page after going back, has another.
func (a *answers) key(form *Form) string {
	if a.once == "" {
		return rand.Text()
	}
	// Marshalling a map sorts its keys; a map of strings, numbers and booleans cannot fail.
	raw, _ := json.Marshal(a.values)
	sum := sha256.Sum256(append([]byte(form.Key+"\x00"+a.once+"\x00"), raw...))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}

// Count returns how many submissions there are, and how many since a time.
func (s *Service) Count(ctx context.Context, since time.Time) (all, fresh int, err error) {
	err = s.db.Read().NewSelect().Model((*Submission)(nil)).ColumnExpr("count(*)").
		ColumnExpr("count(CASE WHEN created_at >= ? THEN 1 END)", since).Scan(ctx, &all, &fresh)
	if err != nil {
		return 0, 0, fmt.Errorf("submissions: count: %w", err)
	}
	return all, fresh, nil
}

// List returns a form's newest submissions.
func (s *Service) List(ctx context.Context, formID int64, limit int) ([]*Submission, error) {
	var rows []*Submission
	if err := s.db.Read().NewSelect().Model(&rows).Where("form_id = ?", formID).
		Order("id DESC").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("form %d: submissions: %w", formID, err)
	}
	return rows, nil
}
