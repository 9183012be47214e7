package insights

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/sarnakh/sarnakh/internal/web"
)

// start is what to open and share while nobody has come by yet; empty while nothing is set
// up.
type start struct {
	Href string // of the newest page or, without any, of the newest form
	Text string
	Open string // the words of the button
}

// newest is the page or, without any, the form that was set up last; empty while nothing is.
func (s *Service) newest(ctx context.Context) (table, key string, err error) {
	for _, table := range []string{"pages", "forms"} {
		err := s.db.Read().NewSelect().TableExpr(table).Column("key").Order("id DESC").Limit(1).Scan(ctx, &key)
		switch {
		case err == nil:
			return table, key, nil
		case !errors.Is(err, sql.ErrNoRows):
			return "", "", fmt.Errorf("newest of the %s: %w", table, err)
		}
	}
	return "", "", nil
}

// startWith says what to open and share.
func startWith(page web.Page, table, key string) start {
	switch table {
	case "pages":
		return start{"/p/" + key, page.T("insights.start.page", "key", page.Iso(key)), page.T("insights.start.page.open")}
	case "forms":
		return start{"/f/" + key, page.T("insights.start.form", "key", page.Iso(key)), page.T("insights.start.form.open")}
	}
	return start{}
}
