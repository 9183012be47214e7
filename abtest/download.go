package abtest

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/chart"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// filePolicy lets a file that a browser opens do nothing but show itself.
const filePolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

// picture sends a chart of the report as an SVG that stands by itself.
func (p pages) picture(w http.ResponseWriter, r *http.Request) error {
	name, svg := strings.CutSuffix(r.PathValue("chart"), ".svg")
	if !svg {
		return errs.NotFound
	}
	d, err := p.read(r, p.kit.Page(r, "abtest.title"), r.PathValue("key"), true)
	if err != nil {
		return err
	}
	for _, c := range d.pictures() {
		if c.name != name {
			continue
		}
		file, _ := chart.File(d.Locale, c.chart)
		w.Header().Set("Content-Type", "image/svg+xml; charset=utf-8")
		w.Header().Set("Content-Security-Policy", filePolicy)
		w.Header().Set("Content-Disposition", `inline; filename="`+d.Report.Key+"-"+name+`.svg"`)
		_, err := w.Write(file)
		return err
	}
	return fmt.Errorf("experiment %q: chart %q: %w", d.Report.Key, name, errs.NotFound)
}

// csv sends the counts of each version, goal and day as a table for a spreadsheet.
func (p pages) csv(w http.ResponseWriter, r *http.Request) error {
	e, err := find(r.Context(), p.s.db.Read(), r.PathValue("key"))
	if err != nil {
		return err
	}
	cells, err := p.s.cohorts(r.Context(), e)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+e.Key+`.csv"`)
	return writeTable(w, e, cells, p.kit.Lang(r), p.kit.Zone)
}

// cohort is what the visitors of one day have reached by now.
type cohort struct {
	visitors, reached int64
	total, units      float64
}

type cohortKey struct {
	goal, variant string
	day           int
}

// cohorts are the counts of everybody until now by goal, variant and day of the first view.
func (s *Service) cohorts(ctx context.Context, e *Experiment) (map[cohortKey]cohort, error) {
	var reached []struct {
		Goal, Variant string
		Day           int
		Visitors      int64
		Total, Units  float64
	}
	if err := s.db.Read().NewSelect().Model((*goalTally)(nil)).Column("goal", "variant", "day").
		ColumnExpr("sum(visitors) AS visitors").ColumnExpr("sum(total) AS total").ColumnExpr("sum(units) AS units").
		Where("experiment_id = ?", e.ID).Where("NOT crossed").Group("goal", "variant", "day").Scan(ctx, &reached); err != nil {
		return nil, fmt.Errorf("experiment %q: goals by day: %w", e.Key, err)
	}
	var seen []tallyRow
	if err := s.db.Read().NewSelect().Model((*cellTally)(nil)).Column("variant", "day").ColumnExpr("sum(visitors) AS visitors").
		Where("experiment_id = ?", e.ID).Where("NOT crossed").Group("variant", "day").Scan(ctx, &seen); err != nil {
		return nil, fmt.Errorf("experiment %q: visitors by day: %w", e.Key, err)
	}
	cells := map[cohortKey]cohort{}
	for _, row := range seen {
		for _, g := range e.Definition.goals() {
			cells[cohortKey{g.Key, row.Variant, row.Day}] = cohort{visitors: row.Visitors}
		}
	}
	for _, row := range reached {
		at := cohortKey{row.Goal, row.Variant, row.Day}
		if c, known := cells[at]; known {
			c.reached, c.total, c.units = min(row.Visitors, c.visitors), row.Total, row.Units // one may have left in between
			cells[at] = c
		}
	}
	return cells, nil
}

// tableHead names the columns. They are for programs too, and so in one language.
var tableHead = []string{"experiment", "day", "date", "version", "version_name", "goal", "goal_name", "goal_role", "new_visitors", "reached", "rate", "value", "units"}

// writeTable writes one row for each goal, day and version, those without visitors too. It
// begins with the mark by which spreadsheets know UTF-8.
func writeTable(w io.Writer, e *Experiment, cells map[cohortKey]cohort, lang i18n.Lang, zone *time.Location) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(tableHead); err != nil {
		return err
	}
	last := -1
	for at := range cells {
		last = max(last, at.day)
	}
	for _, g := range e.Definition.goals() {
		for day := range last + 1 {
			for _, v := range e.Definition.Variants {
				c := cells[cohortKey{g.Key, v.Key, day}]
				rate, value, units := "", "", ""
				if c.visitors > 0 {
					rate = strconv.FormatFloat(float64(c.reached)/float64(c.visitors), 'g', -1, 64)
				}
				if g.byMean() {
					value = strconv.FormatFloat(c.total, 'f', -1, 64)
				}
				if g.Kind == OfRatio {
					units = strconv.FormatFloat(c.units, 'f', -1, 64)
				}
				row := []string{
					e.Key, strconv.Itoa(day + 1), e.StartedAt.AddDate(0, 0, day).In(zone).Format(time.DateOnly),
					v.Key, plainCell(title(v.Key, v.Name, lang)), g.Key, plainCell(title(g.Key, g.Name, lang)), string(g.Role),
					strconv.FormatInt(c.visitors, 10), strconv.FormatInt(c.reached, 10), rate, value, units,
				}
				if err := out.Write(row); err != nil {
					return err
				}
			}
		}
	}
	out.Flush()
	return out.Error()
}

// plainCell is a name that no spreadsheet takes for a formula: an apostrophe before it
// shows and does nothing.
func plainCell(name string) string {
	if strings.IndexAny(name, "=+-@＝＋－＠\t\r\n;") == 0 {
		return "'" + name
	}
	return name
}
