package access

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

const (
	sessionCookie = "sarnakh_session"
	sessionLife   = 14 * 24 * time.Hour
)

// What a session remembers.
const (
	keepsUser       = "user"
	keepsGeneration = "generation"
)

func newSessions(d *db.DB, wall clock.Clock, secure bool) *scs.SessionManager {
	m := scs.New()
	m.Store = &sessionStore{db: d, wall: wall}
	m.Lifetime = sessionLife
	m.HashTokenInStore = true // a copy of the database signs nobody in
	m.Cookie.Name = sessionCookie
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Secure = secure
	return m
}

// begin signs a user in: under a token nobody has seen before, whatever the
// browser sent, so that a session planted beforehand is worth nothing.
func (s *Service) begin(w http.ResponseWriter, r *http.Request, u *User) error {
	ctx, err := s.load(r)
	if err != nil {
		return err
	}
	if err := errors.Join(s.sessions.Clear(ctx), s.sessions.RenewToken(ctx)); err != nil {
		return fmt.Errorf("session: renew: %w", err)
	}
	s.sessions.Put(ctx, keepsUser, u.ID)
	s.sessions.Put(ctx, keepsGeneration, u.Generation)
	token, expiry, err := s.sessions.Commit(ctx)
	if err != nil {
		return fmt.Errorf("session: begin: %w", err)
	}
	s.sessions.WriteSessionCookie(ctx, w, token, expiry)
	s.log.Info("signed in", "account", u.ID, "ip", web.ClientIP(r))
	return s.noteSignIn(ctx, u.ID)
}

// end signs out whoever asks; it is no error when nobody was signed in.
func (s *Service) end(w http.ResponseWriter, r *http.Request) error {
	ctx, err := s.load(r)
	if err != nil {
		return err
	}
	if err := s.sessions.Destroy(ctx); err != nil {
		return fmt.Errorf("session: end: %w", err)
	}
	s.sessions.WriteSessionCookie(ctx, w, "", time.Time{})
	return nil
}

// sessionUser returns the user of the request's session, or Unauthorized.
func (s *Service) sessionUser(r *http.Request) (*User, error) {
	if c, err := r.Cookie(sessionCookie); err != nil || c.Value == "" {
		return nil, fmt.Errorf("no session: %w", errs.Unauthorized)
	}
	ctx, err := s.load(r)
	if err != nil {
		return nil, err
	}
	id := s.sessions.GetInt64(ctx, keepsUser)
	if id == 0 {
		return nil, fmt.Errorf("session unknown or expired: %w", errs.Unauthorized)
	}
	u, err := s.userByID(ctx, s.db.Read(), id)
	if errors.Is(err, errs.NotFound) {
		return nil, fmt.Errorf("session of an account that is gone: %w", errs.Unauthorized)
	}
	if err != nil {
		return nil, err
	}
	if u.Generation != s.sessions.GetInt64(ctx, keepsGeneration) {
		return nil, fmt.Errorf("session older than the password: %w", errs.Unauthorized)
	}
	return u, nil
}

// load reads the session that the request's cookie names, or begins an empty one.
func (s *Service) load(r *http.Request) (context.Context, error) {
	var token string
	if c, err := r.Cookie(sessionCookie); err == nil {
		token = c.Value
	}
	ctx, err := s.sessions.Load(r.Context(), token)
	if err != nil {
		return nil, fmt.Errorf("session: load: %w", err)
	}
	return ctx, nil
}

func (s *Service) noteSignIn(ctx context.Context, userID int64) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewUpdate().Model((*User)(nil)).Set("signed_in_at = ?", s.wall.Now()).Where("id = ?", userID).Exec(ctx)
		if err != nil {
			return fmt.Errorf("account %d: note the sign-in: %w", userID, err)
		}
		return nil
	})
}
