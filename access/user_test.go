package access

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"

	"github.com/sarnakh/sarnakh/internal/errs"
)

func TestAnAddressHasOneAccountHoweverItIsWritten(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ctx := context.Background()
		u := h.user(t, "Mina1@Example.com")
		if _, err := h.CreateUser(ctx, " mina۱@example.COM ", goodPassword); !errors.Is(err, errs.Conflict) {
			t.Errorf("second account: %v, want a Conflict", err)
		}
		users, err := h.ListUsers(ctx)
		if err != nil || len(users) != 1 || users[0].ID != u.ID || users[0].Email != "Mina1@Example.com" {
			t.Errorf("users: %v, %v", users, err)
		}
	})
}

func TestBadCredentialsAreNamedFieldByField(t *testing.T) {
	h := newHouse(t, lite(t), "")
	for name, c := range map[string]struct {
		email, password string
		field           string
	}{
		"no e-mail":       {"", goodPassword, "email"},
		"not an e-mail":   {"mina", goodPassword, "email"},
		"NUL in e-mail":   {"mi\x00na@example.com", goodPassword, "email"},
		"short password":  {"mina@example.com", "کوتاه", "password"},
		"long password":   {"mina@example.com", strings.Repeat("x", 201), "password"},
		"broken password": {"mina@example.com", "\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe", "password"},
	} {
		_, err := h.CreateUser(context.Background(), c.email, c.password)
		if fields, _ := errs.AsFields(err); len(fields) != 1 || fields[c.field] == "" {
			t.Errorf("%s: %v, want a message for %s", name, err, c.field)
		}
	}
}

func TestAPasswordIsKeptAsAnArgon2idHashOnly(t *testing.T) {
	h := newHouse(t, lite(t), "")
	u := h.user(t, "mina@example.com")
	if !strings.HasPrefix(u.PasswordHash, "$argon2id$") || strings.Contains(u.PasswordHash, goodPassword) {
		t.Errorf("stored %q", u.PasswordHash)
	}
	if _, _, err := argon2id.CheckHash("anything", nobodysHash); err != nil {
		t.Errorf("the hash for unknown accounts cannot be compared with: %v", err)
	}
}

func TestSetPasswordEndsSessionsOfTheOldOne(t *testing.T) {
	s := newSite(t, "http://127.0.0.1")
	ctx := context.Background()
	s.user(t, "mina@example.com")
	c := s.browser(t)
	s.signIn(t, c, "mina@example.com", goodPassword)
	if !s.signedIn(t, c) {
		t.Fatal("not signed in")
	}
	if err := s.SetPassword(ctx, "MINA@example.com", "another long one"); err != nil {
		t.Fatal(err)
	}
	if s.signedIn(t, c) {
		t.Error("the session outlived the password")
	}
	if err := s.SetPassword(ctx, "nobody@example.com", "another long one"); !errors.Is(err, errs.NotFound) {
		t.Errorf("unknown account: %v, want NotFound", err)
	}
}
