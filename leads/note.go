package leads

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// NoteKinds are what a note can be about: field work in the words of those who do it.
var NoteKinds = []string{"note", "call", "meeting", "interview", "observation"}

// noteLength bounds a note's text, in characters.
const noteLength = 10_000

// Note is what somebody of the team wrote down about a lead. Notes are events: each
// version is one of its own, and the newest is the note.
type Note struct {
	ID        int64     `json:"id"`   // the event's, and so a new one after each edit
	Kind      string    `json:"kind"` // one of NoteKinds
	Text      string    `json:"text"`
	At        time.Time `json:"at"`         // when it happened
	By        string    `json:"by"`         // who wrote this version, as a source of events
	WrittenAt time.Time `json:"written_at"` // when this version was
	Edited    bool      `json:"edited"`
}

// NoteDraft is a note to be written. Key tells it from others: the same key again for
// the same lead changes nothing. Without a time it has just happened.
type NoteDraft struct {
	Kind string
	Text string
	At   time.Time
	Key  string
}

// check says what of a draft cannot be taken.
func (d *NoteDraft) check(now time.Time) error {
	bad := errs.Fields{}
	d.Text = visible(strings.ReplaceAll(d.Text, "\r\n", "\n"))
	switch {
	case d.Text == "":
		bad["text"] = "errors.required"
	case utf8.RuneCountInString(d.Text) > noteLength:
		bad["text"] = "errors.max=" + strconv.Itoa(noteLength)
	case !utf8.ValidString(d.Text):
		bad["text"] = "errors.characters"
	}
	if !slices.Contains(NoteKinds, d.Kind) {
		bad["kind"] = "errors.choice"
	}
	if d.At.IsZero() {
		d.At = now
	}
	if d.At.After(now.Add(time.Minute)) {
		bad["at"] = "errors.note.future"
	}
	if len(d.Key) > 100 {
		bad["key"] = "errors.max=100"
	}
	return bad.OrNil()
}

// WriteNote puts a note on a lead's timeline within tx. by says who wrote it, as a
// source of events: "account:mina@example.com".
func (s *Service) WriteNote(ctx context.Context, tx db.Tx, leadID int64, d NoteDraft, by string) (*Event, error) {
	if err := d.check(s.clock.Now()); err != nil {
		return nil, err
	}
	l, err := s.lock(ctx, tx, leadID)
	switch {
	case err != nil:
		return nil, err
	case l.MergedInto != 0 || !l.ErasedAt.IsZero():
		return nil, fmt.Errorf("lead %d: has been merged or erased: %w", leadID, errs.Conflict)
	}
	if d.Key == "" {
		d.Key = rand.Text()
	}
	e := d.event(leadID, EventNoteWritten, by)
	e.MessageID = fmt.Sprintf("note:%d:%s:1", leadID, d.Key)
	if err := s.Record(ctx, tx, e); err != nil || e.ID != 0 {
		return e, err
	}
	return s.eventByMessage(ctx, tx, e.MessageID)
}

// EditNote writes a note anew within tx: its event stays, and a new one takes its
// place. A note that somebody else has edited or deleted in the meantime is a Conflict.
func (s *Service) EditNote(ctx context.Context, tx db.Tx, leadID, noteID int64, d NoteDraft, by string) (*Event, error) {
	if err := d.check(s.clock.Now()); err != nil {
		return nil, err
	}
	old, err := s.note(ctx, tx, leadID, noteID)
	if err != nil {
		return nil, err
	}
	return s.supersede(ctx, tx, old, d.event(leadID, EventNoteEdited, by))
}

// DeleteNote takes a note's text, that of all its versions, away within tx. That there
// was one, and who took it away, stays on the timeline.
func (s *Service) DeleteNote(ctx context.Context, tx db.Tx, leadID, noteID int64, by string) error {
	old, err := s.note(ctx, tx, leadID, noteID)
	if err != nil {
		return err
	}
	_, err = s.supersede(ctx, tx, old, &Event{
		LeadID: leadID, Name: EventNoteDeleted, Source: by, OccurredAt: old.OccurredAt, Properties: map[string]any{"kind": old.Properties["kind"]},
	})
	if err != nil {
		return err
	}
	stem, last := noteVersion(old.MessageID)
	var versions []string
	for n := 1; n <= last; n++ {
		versions = append(versions, stem+strconv.Itoa(n))
	}
	gone := map[string]any{"deleted": true}
	if _, err := tx.NewUpdate().Model(&Event{Properties: gone, Folds: conditions.Fold(gone)}).Column("properties", "folds").
		Where("message_id IN (?)", bun.List(versions)).Where("lead_id = ?", leadID).Exec(ctx); err != nil {
		return fmt.Errorf("lead %d: delete a note: %w", leadID, err)
	}
	return nil
}

// event is the draft as an event.
func (d *NoteDraft) event(leadID int64, name, by string) *Event {
	return &Event{LeadID: leadID, Name: name, Source: by, OccurredAt: d.At, Properties: map[string]any{"kind": d.Kind, "text": d.Text}}
}

// supersede records the next version of a note, unless there is one.
func (s *Service) supersede(ctx context.Context, tx db.Tx, old, next *Event) (*Event, error) {
	stem, n := noteVersion(old.MessageID)
	next.MessageID = stem + strconv.Itoa(n+1)
	if err := s.Record(ctx, tx, next); err != nil {
		return nil, err
	}
	if next.ID == 0 {
		return nil, fmt.Errorf("note %d: has been changed in the meantime: %w", old.ID, errs.Conflict)
	}
	return next, nil
}

// note reads the event of a note of this lead.
func (s *Service) note(ctx context.Context, tx db.Tx, leadID, noteID int64) (*Event, error) {
	e := new(Event)
	err := tx.NewSelect().Model(e).Where("id = ?", noteID).Where("lead_id = ?", leadID).
		Where("name IN (?, ?)", EventNoteWritten, EventNoteEdited).Scan(ctx)
	_, n := noteVersion(e.MessageID)
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && n == 0: // one that was told from outside has no versions
		return nil, fmt.Errorf("note %d: %w", noteID, errs.NotFound)
	case err != nil:
		return nil, fmt.Errorf("note %d: %w", noteID, err)
	}
	return e, nil
}

func (s *Service) eventByMessage(ctx context.Context, idb bun.IDB, messageID string) (*Event, error) {
	e := new(Event)
	if err := idb.NewSelect().Model(e).Where("message_id = ?", messageID).Scan(ctx); err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	return e, nil
}

// noteVersion takes the message id of a note's event apart: what all versions share,
// and the number of this one, 0 when it is none of ours.
func noteVersion(messageID string) (stem string, n int) {
	at := strings.LastIndexByte(messageID, ':')
	if !strings.HasPrefix(messageID, "note:") || at < 0 {
		return "", 0
	}
	n, err := strconv.Atoi(messageID[at+1:])
	if err != nil || n < 1 {
		return "", 0
	}
	return messageID[:at+1], n
}

// superseded returns which of these events are versions of notes that a later one has
// taken the place of.
func (s *Service) superseded(ctx context.Context, idb bun.IDB, events []*Event) (map[int64]bool, error) {
	next := map[string]int64{}
	for _, e := range events {
		if stem, n := noteVersion(e.MessageID); n > 0 {
			next[stem+strconv.Itoa(n+1)] = e.ID
		}
	}
	out := map[int64]bool{}
	if len(next) == 0 {
		return out, nil
	}
	var ids []string
	for id := range next {
		ids = append(ids, id)
	}
	var there []string
	if err := idb.NewSelect().Model((*Event)(nil)).Column("message_id").Where("message_id IN (?)", bun.List(ids)).Scan(ctx, &there); err != nil {
		return nil, fmt.Errorf("notes: %w", err)
	}
	for _, id := range there {
		out[next[id]] = true
	}
	return out, nil
}

// Notes returns the notes about a lead as they stand, the latest first, back from the
// one with the id before (0: from the latest), and the id to go on with, 0 at the end.
func (s *Service) Notes(ctx context.Context, leadID, before int64, limit int) (notes []*Note, next int64, err error) {
	events, more, err := s.TimelineOf(ctx, leadID, TimelineOptions{Names: []string{EventNoteWritten, EventNoteEdited}, Before: before, Limit: limit})
	if err != nil {
		return nil, 0, err
	}
	hidden, err := s.superseded(ctx, s.db.Read(), events)
	if err != nil {
		return nil, 0, err
	}
	for _, e := range events {
		if !hidden[e.ID] {
			notes = append(notes, e.note())
		}
	}
	if more {
		next = events[len(events)-1].ID
	}
	return notes, next, nil
}

// note is the event as the note that it is.
func (e *Event) note() *Note {
	kind, _ := e.Properties["kind"].(string)
	text, _ := e.Properties["text"].(string)
	return &Note{e.ID, kind, text, e.OccurredAt, e.Source, e.ReceivedAt, e.Name == EventNoteEdited}
}
