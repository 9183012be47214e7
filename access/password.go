package access

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"
)

const (
	minPassword = 10  // characters
	maxPassword = 200 // characters: hashing a novel helps nobody
)

// hashesAtOnce bounds the memory that passwords being hashed take together.
const hashesAtOnce = 2

// OWASP's second choice of parameters: 19 MiB and two passes for each password.
var hashing = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// nobodysHash is what the password for an unknown account is compared with, so
// that the answer takes as long as for a known one. No password has it.
const nobodysHash = "$argon2id$v=19$m=19456,t=2,p=1$c2FybmFraC1ub2JvZHkhIQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// checkPassword returns the message for a password that cannot be taken, or "".
func checkPassword(password string) string {
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		return "errors.access.password_unreadable"
	case n < minPassword:
		return fmt.Sprintf("errors.access.password_short=%d", minPassword)
	case n > maxPassword:
		return fmt.Sprintf("errors.access.password_long=%d", maxPassword)
	}
	return ""
}

// hashPassword returns what is stored in a password's stead.
func (s *Service) hashPassword(ctx context.Context, password string) (string, error) {
	if err := s.hashTurn(ctx); err != nil {
		return "", err
	}
	defer func() { <-s.hashing }()
	hash, err := argon2id.CreateHash(norm.NFC.String(password), hashing)
	if err != nil {
		return "", fmt.Errorf("password: hash: %w", err)
	}
	return hash, nil
}

// passwordMatches compares in constant time.
func (s *Service) passwordMatches(ctx context.Context, password, hash string) (bool, error) {
	if utf8.RuneCountInString(password) > maxPassword {
		return false, nil
	}
	if err := s.hashTurn(ctx); err != nil {
		return false, err
	}
	defer func() { <-s.hashing }()
	ok, err := argon2id.ComparePasswordAndHash(norm.NFC.String(password), hash)
	if err != nil {
		return false, fmt.Errorf("password: compare: %w", err)
	}
	return ok, nil
}

// hashTurn waits for a turn to hash; give it back by reading from s.hashing.
func (s *Service) hashTurn(ctx context.Context) error {
	select {
	case s.hashing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
