package access

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/alexedwards/scs/v2"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/web"
)

// Service knows the accounts, their sessions and the API keys. It is the guard of
// every route of the workspace.
type Service struct {
	db        *db.DB
	wall      clock.Clock
	log       *slog.Logger
	publicURL string
	sessions  *scs.SessionManager
	keys      *keyCache
	hashing   chan struct{}
	byIP      *limiter
	byAccount *limiter
}

var _ web.Guard = (*Service)(nil)

// New returns the guard over d. wall is the wall clock, also where the domain's
// time is another; publicURL is how visitors reach us, without a slash at the end.
func New(d *db.DB, wall clock.Clock, log *slog.Logger, publicURL string) *Service {
	return &Service{
		db: d, wall: wall, log: log, publicURL: publicURL,
		sessions:  newSessions(d, wall, strings.HasPrefix(publicURL, "https://")),
		keys:      newKeyCache(wall),
		hashing:   make(chan struct{}, hashesAtOnce),
		byIP:      newLimiter(wall, triesPerIP, tryAgainIP),
		byAccount: newLimiter(wall, triesPerAccount, tryAgainAccount),
	}
}

// url makes an absolute link to a page of this installation.
func (s *Service) url(format string, args ...any) string {
	return s.publicURL + fmt.Sprintf(format, args...)
}
