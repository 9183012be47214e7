package leads

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Tag is a word that staff, rules and imports put on leads. Two spellings that fold
// alike are one tag.
type Tag struct {
	bun.BaseModel `bun:"table:tags,alias:tag"`

	ID        int64     `bun:",pk,autoincrement" json:"id"`
	Name      string    `json:"name"`
	NameFold  string    `json:"-"`
	CreatedAt time.Time `json:"created_at"`
}

type leadTag struct {
	bun.BaseModel `bun:"table:lead_tags,alias:lead_tag"`

	TagID  int64
	LeadID int64
	At     time.Time
}

// tagLength bounds a tag's name, in characters.
const tagLength = 80

// Tag puts tags on leads, within tx, and records it for those who had them not. Tags
// that nobody used yet are made.
func (s *Service) Tag(ctx context.Context, tx db.Tx, leadIDs []int64, names []string, source string) error {
	if len(leadIDs) == 0 || len(names) == 0 {
		return nil
	}
	tags, err := s.ensureTags(ctx, tx, names)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	rows := make([]*leadTag, 0, len(leadIDs)*len(tags))
	name := make(map[int64]string, len(tags))
	for _, t := range tags {
		name[t.ID] = t.Name
		for _, id := range leadIDs {
			rows = append(rows, &leadTag{TagID: t.ID, LeadID: id, At: now})
		}
	}
	var made []leadTag
	if err := tx.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Returning("tag_id, lead_id").Scan(ctx, &made); err != nil {
		return fmt.Errorf("tags: put: %w", err)
	}
	return s.recordTags(ctx, tx, EventTagAdded, made, name, source)
}

// Untag takes tags off leads, within tx, and records it for those who had them.
func (s *Service) Untag(ctx context.Context, tx db.Tx, leadIDs []int64, names []string, source string) error {
	if len(leadIDs) == 0 || len(names) == 0 {
		return nil
	}
	var tags []*Tag
	if err := tx.NewSelect().Model(&tags).Where("name_fold IN (?)", bun.List(foldAll(names))).Scan(ctx); err != nil {
		return fmt.Errorf("tags: find: %w", err)
	}
	if len(tags) == 0 {
		return nil
	}
	name := make(map[int64]string, len(tags))
	var ids []int64
	for _, t := range tags {
		name[t.ID] = t.Name
		ids = append(ids, t.ID)
	}
	var gone []leadTag
	if err := tx.NewDelete().Model((*leadTag)(nil)).Where("tag_id IN (?)", bun.List(ids)).Where("lead_id IN (?)", bun.List(leadIDs)).
		Returning("tag_id, lead_id").Scan(ctx, &gone); err != nil {
		return fmt.Errorf("tags: take off: %w", err)
	}
	return s.recordTags(ctx, tx, EventTagRemoved, gone, name, source)
}

func (s *Service) recordTags(ctx context.Context, tx db.Tx, event string, rows []leadTag, name map[int64]string, source string) error {
	events := make([]*Event, len(rows))
	for i, r := range rows {
		events[i] = &Event{LeadID: r.LeadID, Name: event, Properties: map[string]any{"tag": name[r.TagID]}, Source: source}
	}
	return s.Record(ctx, tx, events...)
}

// ensureTags finds or makes the tags of these names.
func (s *Service) ensureTags(ctx context.Context, tx db.Tx, names []string) ([]*Tag, error) {
	now := s.clock.Now()
	var rows []*Tag
	for _, name := range names {
		name = strings.Join(strings.Fields(name), " ")
		fold := i18n.Fold(name)
		if fold == "" || len([]rune(name)) > tagLength {
			return nil, errs.Fields{"tags": "errors.tag"}
		}
		if !slices.ContainsFunc(rows, func(t *Tag) bool { return t.NameFold == fold }) {
			rows = append(rows, &Tag{Name: name, NameFold: fold, CreatedAt: now})
		}
	}
	slices.SortFunc(rows, func(a, b *Tag) int { return strings.Compare(a.NameFold, b.NameFold) })
	if _, err := tx.NewInsert().Model(&rows).ExcludeColumn("id").On("CONFLICT (name_fold) DO NOTHING").Returning("NULL").Exec(ctx); err != nil {
		return nil, fmt.Errorf("tags: make: %w", err)
	}
	var tags []*Tag
	if err := tx.NewSelect().Model(&tags).Where("name_fold IN (?)", bun.List(foldAll(names))).Scan(ctx); err != nil {
		return nil, fmt.Errorf("tags: find: %w", err)
	}
	return tags, nil
}

// Tags returns the tags of a lead, by name.
func (s *Service) Tags(ctx context.Context, idb bun.IDB, leadID int64) ([]string, error) {
	var names []string
	if err := idb.NewSelect().Model((*Tag)(nil)).Column("name").
		Where("id IN (SELECT tag_id FROM lead_tags WHERE lead_id = ?)", leadID).Order("name_fold").Scan(ctx, &names); err != nil {
		return nil, fmt.Errorf("lead %d: tags: %w", leadID, err)
	}
	return names, nil
}

func foldAll(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = i18n.Fold(name)
	}
	return out
}
