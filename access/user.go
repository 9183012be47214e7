package access

import (
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

// User is a person with an account in the workspace.
type User struct {
	bun.BaseModel `bun:"table:users,alias:u"`

	ID           int64  `bun:",pk,autoincrement" json:"id"`
	Email        string `json:"email"`
	EmailNorm    string `json:"-"`
	PasswordHash string `json:"-"`
	// Generation counts the passwords this account has had. A session belongs to
	// one of them: a new password ends all sessions of the old.
	Generation int64     `json:"-"`
	CreatedAt  time.Time `json:"created_at"`
	SignedInAt time.Time `bun:",nullzero" json:"signed_in_at,omitzero"`
}

// normEmail is the form under which two spellings of an address are one account.
func normEmail(email string) string {
	return strings.ToLower(i18n.ASCIIDigits(strings.TrimSpace(email)))
}

// checkCredentials says what keeps an e-mail and a password from becoming an
// account: errs.Fields, or nil.
func checkCredentials(email, password string) error {
	bad := errs.Fields{}
	err := web.Validate(struct {
		Email string `json:"email" validate:"required,email,max=254"`
	}{normEmail(email)})
	if fields, ok := errs.AsFields(err); ok {
		bad["email"] = fields["email"]
	}
	if message := checkPassword(password); message != "" {
		bad["password"] = message
	}
	return bad.OrNil()
}
