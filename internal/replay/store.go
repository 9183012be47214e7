package replay

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/secure"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/workers"
)

const (
	// keptFor is how long an answer is remembered.
	keptFor = 24 * time.Hour
	// leased is how long a call may take before somebody else may do it: longer than
	// web lets it go on, so that it ends first.
	leased = web.CallTime + 30*time.Second
	// again is when to ask for a call that is being done.
	again = time.Second

	purpose = "api answer"
)

// effected is the status of a call whose effect is there and whose answer is not, yet.
const effected = 1

// call is what is known about a call. Status is 0 until it is done.
type call struct {
	bun.BaseModel `bun:"table:api_replays,alias:r"`

	ID          int64 `bun:",pk,autoincrement"`
	Fingerprint string
	RequestHash string
	Lease       string
	LeaseUntil  time.Time
	Status      int
	ContentType string
	Location    string
	Body        []byte // sealed; nil when it was too long to be kept
	ExpiresAt   time.Time
}

// Store keeps answers in the database. What stands in them is sealed: they may hold
// people's data, and new keys.
type Store struct {
	db     *db.DB
	wall   clock.Clock
	signer *secure.Signer
}

var _ web.Replays = (*Store)(nil)

// New returns the memory over d. wall is the wall clock, also where the domain's time
// is another.
func New(d *db.DB, wall clock.Clock, signer *secure.Signer) *Store {
	return &Store{db: d, wall: wall, signer: signer}
}

// RegisterJobs has answers forgotten when their day is over.
func (s *Store) RegisterJobs(q *workers.Queue) { q.Every("api.forget", time.Hour, s.Sweep) }

// Sweep deletes the answers whose time is over.
func (s *Store) Sweep(ctx context.Context) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.NewDelete().Model((*call)(nil)).Where("expires_at <= ?", s.wall.Now()).Exec(ctx); err != nil {
			return fmt.Errorf("answers: sweep: %w", err)
		}
		return nil
	})
}

// Begin claims a call, see web.Replays. Of two that come at once, on whatever servers,
// one gets the lease: the row is unique, and a lease that ran out changes hands by an
// update that only one can make.
func (s *Store) Begin(ctx context.Context, name string, body [sha256.Size]byte) (lease string, before *web.Kept, err error) {
	now := s.wall.Now()
	fresh := &call{
		Fingerprint: s.signer.Hash(purpose, name), RequestHash: hex.EncodeToString(body[:]),
		Lease: rand.Text(), LeaseUntil: now.Add(leased), ExpiresAt: now.Add(keptFor),
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		res, err := tx.NewInsert().Model(fresh).ExcludeColumn("id").On("CONFLICT (fingerprint) DO NOTHING").Returning("NULL").Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			return err
		}
		known := new(call)
		if err := tx.NewSelect().Model(known).Where("fingerprint = ?", fresh.Fingerprint).Scan(ctx); err != nil {
			if errors.Is(err, sql.ErrNoRows) {
				return running // it was released a moment ago
			}
			return err
		}
		if known.ExpiresAt.After(now) {
			switch {
			case known.RequestHash != fresh.RequestHash:
				return errs.Fields{web.IdempotencyHeader: "errors.idempotency.other"}
			case known.Status <= effected && known.LeaseUntil.After(now):
				return running
			case known.Status != 0:
				before = s.answer(name, known)
				return nil
			}
		}
		return takeOver(ctx, tx, known, fresh)
	})
	switch {
	case errors.Is(err, errs.Conflict), errors.Is(err, errs.Invalid):
		return "", nil, err
	case err != nil:
		return "", nil, fmt.Errorf("answers: begin: %w", err)
	case before != nil:
		return "", before, nil
	}
	return fresh.Lease, nil, nil
}

// running is what a second call is told while the first is being done.
var running = web.RetryAfter(fmt.Errorf("a call with this %s is being done: %w", web.IdempotencyHeader, errs.Conflict), again)

// takeOver gives the row of a call that was never finished, or whose day is over, to a
// new one.
func takeOver(ctx context.Context, tx db.Tx, known, fresh *call) error {
	fresh.ID = known.ID
	res, err := tx.NewUpdate().Model(fresh).ExcludeColumn("id", "fingerprint").
		Where("id = ?", known.ID).Where("lease = ?", known.Lease).Where("status = ?", known.Status).Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return running // another was quicker
}

// answer is what a finished call was answered. What cannot be opened, because the
// installation has another secret now, counts as not kept.
func (s *Store) answer(name string, c *call) *web.Kept {
	if c.Status == effected {
		return &web.Kept{}
	}
	kept := &web.Kept{Status: c.Status, ContentType: c.ContentType, Location: c.Location}
	if body, err := s.signer.Open(purpose, name, c.Body); err == nil {
		kept.Body = append([]byte{}, body...)
	}
	return kept
}

// Within marks a call in the transactions of its effect, see web.Replays: when the server
// dies after one, whoever asks again learns that it was done. One whose lease was taken
// over, because it took too long, is refused in its transaction.
func (s *Store) Within(ctx context.Context, name, lease string) context.Context {
	return db.Along(ctx, func(ctx context.Context, tx db.Tx) error {
		res, err := tx.NewUpdate().Model((*call)(nil)).Set("status = ?", effected).
			Where("fingerprint = ?", s.signer.Hash(purpose, name)).Where("lease = ?", lease).Where("status <= ?", effected).Exec(ctx)
		if err != nil {
			return fmt.Errorf("answers: mark: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return running
	})
}

// Finish keeps the answer, see web.Replays.
func (s *Store) Finish(ctx context.Context, name, lease string, answer web.Kept) error {
	done := &call{Status: answer.Status, ContentType: answer.ContentType, Location: answer.Location}
	if answer.Body != nil {
		done.Body = s.signer.Seal(purpose, name, answer.Body)
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewUpdate().Model(done).Column("status", "content_type", "location", "body").
			Where("fingerprint = ?", s.signer.Hash(purpose, name)).Where("lease = ?", lease).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("answers: keep: %w", err)
	}
	return nil
}

// Release forgets the call, see web.Replays.
func (s *Store) Release(ctx context.Context, name, lease string) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewDelete().Model((*call)(nil)).
			Where("fingerprint = ?", s.signer.Hash(purpose, name)).Where("lease = ?", lease).Where("status <= ?", effected).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("answers: forget: %w", err)
	}
	return nil
}
