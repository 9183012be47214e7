package access

import (
	"context"
	"errors"
	"fmt"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// authenticate returns the user with this e-mail and password. Unknown account and
// wrong password are the same Unauthorized, after the same time; too many tries
// from one address, in all or for one account, are TooMany: somebody else's guesses do
// not lock the owner out.
func (s *Service) authenticate(ctx context.Context, ip, email, password string) (*User, error) {
	name := normEmail(email)
	if !s.byIP.take(ip) || !s.byAccount.take(name+" "+ip) {
		s.log.Warn("sign-in refused: too many tries", "ip", ip)
		return nil, fmt.Errorf("sign-in: %w", errs.TooMany)
	}
	u, err := s.userByEmail(ctx, email)
	if err != nil && !errors.Is(err, errs.NotFound) {
		return nil, err
	}
	hash := nobodysHash
	if u != nil {
		hash = u.PasswordHash
	}
	ok, err := s.passwordMatches(ctx, password, hash)
	if err != nil {
		return nil, err
	}
	if !ok || u == nil {
		s.log.Info("sign-in refused: wrong e-mail or password", "ip", ip)
		return nil, fmt.Errorf("sign-in: e-mail or password is wrong: %w", errs.Unauthorized)
	}
	s.byIP.giveBack(ip)
	s.byAccount.giveBack(name + " " + ip)
	return u, nil
}
