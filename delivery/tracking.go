package delivery

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// hit is a reader's sign of life: the picture was loaded (URL empty) or a link was
// followed.
type hit struct {
	message int64
	url     string
}

// recordHits writes hits that came together in one commit: the first open and the
// first click of each message, and events, an open once per message, a click once
// per message and address. A click proves the open that a mail program may have
// hidden.
func (s *Service) recordHits(ctx context.Context, tx db.Tx, hits []hit) error {
	ids := make([]int64, 0, len(hits))
	for _, h := range hits {
		ids = append(ids, h.message)
	}
	var rows []*Message
	if err := tx.NewSelect().Model(&rows).Column("id", "lead_id", "content_key", "journey", "step", "subject", "opened_at", "clicked_at").
		Where("id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return fmt.Errorf("messages: tracking: %w", err)
	}
	byID := make(map[int64]*Message, len(rows))
	for _, m := range rows {
		byID[m.ID] = m
	}
	now := s.clock.Now()
	var opened, clicked []int64
	var events []*leads.Event
	for _, h := range hits {
		m := byID[h.message]
		if m == nil {
			continue // the message is gone; its links still lead on
		}
		id := strconv.FormatInt(m.ID, 10)
		if m.OpenedAt.IsZero() {
			m.OpenedAt = now
			opened = append(opened, m.ID)
			events = append(events, m.event(leads.EventEmailOpened, "open:"+id, m.Subject, now))
		}
		if h.url == "" {
			continue
		}
		if m.ClickedAt.IsZero() {
			m.ClickedAt = now
			clicked = append(clicked, m.ID)
		}
		sum := sha256.Sum256([]byte(h.url))
		click := m.event(leads.EventEmailClicked, "click:"+id+":"+hex.EncodeToString(sum[:8]), m.Subject, now)
		click.Properties["url"] = h.url
		events = append(events, click)
	}
	for column, ids := range map[string][]int64{"opened_at": opened, "clicked_at": clicked} {
		if len(ids) == 0 {
			continue
		}
		slices.Sort(ids)
		if _, err := tx.NewUpdate().Model((*Message)(nil)).Set("? = ?", bun.Ident(column), now).
			Where("id IN (?)", bun.List(ids)).Where("? IS NULL", bun.Ident(column)).Exec(ctx); err != nil {
			return fmt.Errorf("messages: tracking: %w", err)
		}
	}
	return s.leads.Record(ctx, tx, events...)
}
