package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

// usedAtMost is how often a key's last use is written down.
const usedAtMost = time.Minute

// maxKeyName is the longest name of a key, in characters.
const maxKeyName = 80

// CreateKey makes an API key and returns the whole of it, srk_<prefix>_<secret>, for
// the only time. createdBy says who asked. A missing or overlong name, no scope and an
// unknown one are errs.Fields; the name of a key that still works is a Conflict.
func (s *Service) CreateKey(ctx context.Context, name, createdBy string, scopes web.Scopes) (k *Key, whole string, err error) {
	name = strings.TrimSpace(name)
	bad := errs.Fields{}
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		bad["name"] = "errors.required"
	case n > maxKeyName || strings.ContainsRune(name, 0):
		bad["name"] = fmt.Sprintf("errors.max=%d", maxKeyName)
	}
	scopes, err = checkScopes(scopes)
	if fields, ok := errs.AsFields(err); ok {
		maps.Copy(bad, fields)
	}
	if len(bad) > 0 {
		return nil, "", bad
	}
	prefix, secret := drawKey()
	k = &Key{
		Name: name, Prefix: prefix, SecretHash: hashSecret(secret), Scopes: scopes,
		CreatedBy: createdBy, CreatedAt: s.wall.Now(),
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewInsert().Model(k).ExcludeColumn("id").Returning("id").Exec(ctx)
		return err
	})
	if db.IsUnique(err) {
		return nil, "", fmt.Errorf("key %q: a key with this name works already: %w", name, errs.Conflict)
	}
	if err != nil {
		return nil, "", fmt.Errorf("key %q: create: %w", name, err)
	}
	return k, keyMark + prefix + "_" + secret, nil
}

// ListKeys returns the keys, those that work first, then the newest first; 200 at
// the most.
func (s *Service) ListKeys(ctx context.Context) ([]*Key, error) {
	var keys []*Key
	if err := s.db.Read().NewSelect().Model(&keys).
		OrderExpr("CASE WHEN revoked_at IS NULL THEN 0 ELSE 1 END, id DESC").Limit(200).Scan(ctx); err != nil {
		return nil, fmt.Errorf("keys: list: %w", err)
	}
	return keys, nil
}

// keysBefore returns keys from the newest on, or from behind the one with the number
// before, and whether more follow.
func (s *Service) keysBefore(ctx context.Context, before int64, limit int) (keys []*Key, more bool, err error) {
	q := s.db.Read().NewSelect().Model(&keys).Order("id DESC").Limit(int64(limit) + 1)
	if before > 0 {
		q = q.Where("id < ?", before)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, false, fmt.Errorf("keys: list: %w", err)
	}
	more = len(keys) > limit
	return keys[:min(len(keys), limit)], more, nil
}

// RevokeKey makes a key worthless, in this process at once and in the others within
// five seconds. Revoking it again changes nothing; an unknown key is NotFound.
func (s *Service) RevokeKey(ctx context.Context, id int64) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		res, err := tx.NewUpdate().Model((*Key)(nil)).
			Set("revoked_at = coalesce(revoked_at, ?)", s.wall.Now()).Where("id = ?", id).Exec(ctx)
		if err != nil {
			return fmt.Errorf("key %d: revoke: %w", id, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("key %d: %w", id, errs.NotFound))
		}
		return nil
	})
	s.keys.forget()
	return err
}

// useKey returns the key behind what a script sent, or Unauthorized, and notes the
// use, once a minute at the most.
func (s *Service) useKey(ctx context.Context, whole string) (*Key, error) {
	cached, seen := s.keys.get(whole)
	if cached == nil {
		k, err := s.findKey(ctx, whole)
		if err != nil {
			return nil, err
		}
		s.keys.put(whole, k, seen)
		cached = k
	}
	if s.keys.due(cached) {
		if err := s.noteUse(ctx, cached.ID); err != nil {
			return nil, err
		}
	}
	return cached, nil
}

func (s *Service) findKey(ctx context.Context, whole string) (*Key, error) {
	prefix, secret, ok := splitKey(whole)
	if !ok {
		return nil, fmt.Errorf("this is not an API key: %w", errs.Unauthorized)
	}
	k := new(Key)
	err := s.db.Read().NewSelect().Model(k).Where("prefix = ?", prefix).Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("key: find: %w", err)
	}
	if err != nil || !k.accepts(secret) || k.Revoked() {
		return nil, fmt.Errorf("API key unknown or revoked: %w", errs.Unauthorized)
	}
	return k, nil
}

func (s *Service) noteUse(ctx context.Context, id int64) error {
	now := s.wall.Now()
	err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewUpdate().Model((*Key)(nil)).Set("last_used_at = ?", now).Where("id = ?", id).
			WhereGroup(" AND ", func(q *bun.UpdateQuery) *bun.UpdateQuery {
				return q.Where("last_used_at IS NULL").WhereOr("last_used_at <= ?", now.Add(-usedAtMost))
			}).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("key %d: note its use: %w", id, err)
	}
	return nil
}
