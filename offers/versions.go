package offers

import (
	"context"
	"fmt"

	"github.com/sarnakh/sarnakh/internal/web"
)

// versions are those of an offer, with the experiment that tries them out.
type versions struct {
	Experiment, Name string
	List             []versionRow
}

// versionRow is one version, and what became of its codes.
type versionRow struct {
	Name, Title, Text string // Title is empty for those who took no part
	Given, Redeemed   int
	Rate              float64 // of those given; not defined while none is
}

// versions reads them; nil for an offer that has none. The rows add up to all of the
// offer's codes: those of leads who took no part, and got the first version uncounted, and
// of versions that are there no more, are the last.
func (p pages) versions(ctx context.Context, o *offerRow, page web.Page) (*versions, error) {
	def := &o.Definition
	if len(def.Variants) == 0 {
		return nil, nil
	}
	names, err := p.experiments.Names(ctx, p.db.Read())
	if err != nil {
		return nil, err
	}
	var rows []struct {
		Variant         string
		Given, Redeemed int
	}
	if err := p.db.Read().NewSelect().Model((*Grant)(nil)).Column("variant").ColumnExpr("count(*) AS given").
		ColumnExpr("count(CASE WHEN state = ? THEN 1 END) AS redeemed", StateRedeemed).
		Where("offer_id = ?", o.ID).Group("variant").Order("variant").Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("offer %q: versions: %w", o.Key, err)
	}
	out := &versions{Experiment: def.Experiment, Name: names.Experiment(def.Experiment)}
	at := map[string]int{}
	for i, v := range def.Variants {
		whole := def.Variant(v.Key)
		at[v.Key] = i
		out.List = append(out.List, versionRow{Name: names.Variant(def.Experiment, v.Key, page.Lang), Title: whole.Title.In(page.Lang), Text: whole.Text.In(page.Lang)})
	}
	others := versionRow{Name: page.T("offers.versions.others")}
	for _, row := range rows {
		v := &others
		if i, ok := at[row.Variant]; ok {
			v = &out.List[i]
		}
		v.Given += row.Given
		v.Redeemed += row.Redeemed
	}
	if others.Given > 0 {
		out.List = append(out.List, others)
	}
	for i := range out.List {
		if v := &out.List[i]; v.Given > 0 {
			v.Rate = float64(v.Redeemed) / float64(v.Given)
		}
	}
	return out, nil
}
