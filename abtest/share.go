package abtest

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/secure"
)

// The parameters of a link that shows a report to whoever has it.
const (
	paramUntil     = "until"
	paramRound     = "round"
	paramSignature = "sig"
)

const (
	sharePurpose = "abtest.share"
	// sharedFor is how long such a link works.
	sharedFor = 30 * day
)

// SignWith has links to reports signed. Without a signer none can be made. Call it before
// the first request.
func (s *Service) SignWith(signer *secure.Signer) { s.signer = signer }

// share allows a link to a report from now on, and says until when it works.
func (s *Service) share(ctx context.Context, key string) (until time.Time, err error) {
	until = s.clock.Now().Add(sharedFor).Truncate(time.Second)
	return until, s.changeLinks(ctx, key, "shared_until = ?", until)
}

// WithdrawLinks has no link to a report work that was made before now; of other servers the
// last one does so a second later. who asked for it goes into the log.
func (s *Service) WithdrawLinks(ctx context.Context, key, who string) error {
	if err := s.changeLinks(ctx, key, "links_withdrawn = links_withdrawn + 1, shared_until = NULL"); err != nil {
		return err
	}
	s.log.Info("links to a report withdrawn", "experiment", key, "by", who)
	return nil
}

func (s *Service) changeLinks(ctx context.Context, key, set string, args ...any) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		res, err := tx.NewUpdate().Model((*Experiment)(nil)).Set(set, args...).Where("key = ?", key).Exec(ctx)
		if err != nil {
			return fmt.Errorf("experiment %q: links: %w", key, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("experiment %q: %w", key, errs.NotFound)
		}
		tx.AfterCommit(func() { s.forget(key) })
		return nil
	})
}

// sharing is what a link to a report says.
type sharing struct {
	key   string
	until int64 // seconds since 1970
	round int64 // how often all links had been withdrawn when it was made
}

func (g sharing) signed() string { return fmt.Sprintf("%s/%d/%d", g.key, g.until, g.round) }

// shareLink is the link to an experiment's report that works until then.
func (s *Service) shareLink(e *Experiment, until time.Time) string {
	g := sharing{e.Key, until.Unix(), e.LinksWithdrawn}
	return "/shared/experiments/" + g.key + "?" + url.Values{
		paramUntil: {strconv.FormatInt(g.until, 10)}, paramRound: {strconv.FormatInt(g.round, 10)},
		paramSignature: {s.signer.Sign(sharePurpose, g.signed())},
	}.Encode()
}

// sharingOf is what the link says by which a request comes; false when nobody has signed
// that.
func (s *Service) sharingOf(r *http.Request) (g sharing, ok bool) {
	q := r.URL.Query()
	until, err := strconv.ParseInt(q.Get(paramUntil), 10, 64)
	if err != nil {
		return g, false
	}
	round, err := strconv.ParseInt(q.Get(paramRound), 10, 64)
	if err != nil || s.signer == nil {
		return g, false
	}
	g = sharing{r.PathValue("key"), until, round}
	return g, s.signer.Valid(sharePurpose, g.signed(), q.Get(paramSignature))
}
