package scoring

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/web"
)

// steps is how many grades the form has room for.
const steps = 5

type scalePage struct {
	web.Page
	Grades []gradeRow
	Errors []string
}

type gradeRow struct{ Name, From string }

func (p pages) editScale(w http.ResponseWriter, r *http.Request) error {
	b, err := p.book(r.Context(), p.db.Read())
	if err != nil {
		return err
	}
	var rows []gradeRow
	for _, g := range b.scale.Grades {
		rows = append(rows, gradeRow{g.Name, strconv.FormatInt(g.From, 10)})
	}
	return p.scaleForm(w, r, http.StatusOK, rows, nil)
}

func (p pages) scaleForm(w http.ResponseWriter, r *http.Request, status int, rows []gradeRow, bad errs.Fields) error {
	for len(rows) < steps {
		rows = append(rows, gradeRow{})
	}
	page := scalePage{Page: p.kit.StaffPage(w, r, "scoring.scale"), Grades: rows}
	for place, text := range page.Say(bad) {
		page.Errors = append(page.Errors, place+": "+text)
	}
	return p.kit.Render(w, status, "app", "scoring_scale", page)
}

// postScale stores the grades; rows without a name are left out.
func (p pages) postScale(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	names, froms := r.PostForm["grade"], r.PostForm["from"]
	if len(names) != len(froms) {
		return errs.Fields{"grade": "errors.form"}
	}
	var rows []gradeRow
	bad := errs.Fields{}
	scale := &Scale{Head: manifest.Head{Kind: scaleKind, Key: scaleKey}}
	for i, name := range names {
		row := gradeRow{strings.TrimSpace(name), strings.TrimSpace(froms[i])}
		rows = append(rows, row)
		if row.Name == "" {
			continue
		}
		from, err := strconv.ParseInt(i18n.ASCIIDigits(row.From), 10, 64)
		if err != nil {
			bad[row.Name] = "errors.number"
		}
		scale.Grades = append(scale.Grades, Grade{row.Name, from})
	}
	if len(bad) == 0 {
		err := p.saveScale(r.Context(), scale)
		if err == nil {
			web.SetFlash(w, "good", p.kit.Page(r, "").T("scoring.saved"))
			return web.Redirect(w, r, "/scoring")
		}
		var said bool
		if bad, said = errs.AsFields(err); !said {
			return err
		}
	}
	return p.scaleForm(w, r, http.StatusUnprocessableEntity, rows, bad)
}

func (s *Service) saveScale(ctx context.Context, scale *Scale) error {
	if err := manifest.Check(scale); err != nil {
		return err
	}
	if err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return s.scales().Apply(ctx, tx, scale) }); err != nil {
		return fmt.Errorf("grade scale: %w", err)
	}
	return nil
}
