package mailbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// keep is how many of the newest messages stay: it is a window to look through,
// not an archive.
const keep = 10_000

// write stores messages that arrived together in one commit.
func write(ctx context.Context, tx db.Tx, messages []*Message) error {
	var ids []int64
	if err := tx.NewInsert().Model(&messages).ExcludeColumn("id").Returning("id").Scan(ctx, &ids); err != nil {
		return fmt.Errorf("mailbox: store: %w", err)
	}
	if _, err := tx.NewDelete().Model((*Message)(nil)).Where("id <= ?", slices.Max(ids)-keep).Exec(ctx); err != nil {
		return fmt.Errorf("mailbox: forget the oldest: %w", err)
	}
	return nil
}

// ListOptions narrow a list. It begins with the newest message, or the newest before
// the id Before; OldestFirst turns it round, to begin after the id After.
type ListOptions struct {
	To            string // the whole address, or empty
	Before, After int64
	OldestFirst   bool
	Limit         int
	// Brief leaves out what only a look inside needs: Raw stays empty.
	Brief bool
}

// List returns messages and whether there are more.
func (m *Mailbox) List(ctx context.Context, o ListOptions) (page []*Message, more bool, err error) {
	q := m.db.Read().NewSelect().Model(&page).Limit(int64(o.Limit) + 1)
	if o.Brief {
		q = q.ExcludeColumn("raw")
	}
	switch {
	case o.OldestFirst:
		q = q.Where("id > ?", o.After).Order("id")
	case o.Before > 0:
		q = q.Where("id < ?", o.Before).Order("id DESC")
	default:
		q = q.Order("id DESC")
	}
	if o.To != "" {
		q = q.Where("recipient = ?", strings.ToLower(strings.TrimSpace(o.To)))
	}
	if err := q.Scan(ctx); err != nil {
		return nil, false, fmt.Errorf("mailbox: list: %w", err)
	}
	if len(page) > o.Limit {
		return page[:o.Limit], true, nil
	}
	return page, false, nil
}

// Find returns one message, or NotFound.
func (m *Mailbox) Find(ctx context.Context, id int64) (*Message, error) {
	found := new(Message)
	err := m.db.Read().NewSelect().Model(found).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("mailbox: message %d: %w", id, errs.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("mailbox: message %d: %w", id, err)
	}
	return found, nil
}

// Clear throws all messages away.
func (m *Mailbox) Clear(ctx context.Context) error {
	return m.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.NewDelete().Model((*Message)(nil)).Where("1 = 1").Exec(ctx); err != nil {
			return fmt.Errorf("mailbox: clear: %w", err)
		}
		return nil
	})
}
