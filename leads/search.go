package leads

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// searchLimit bounds how many leads one search finds: of more the first, in the
// order of what matched.
const searchLimit = 500

// search returns the leads whose first or last name, e-mail, telephone number or
// external id begins with the text. Each is one range of an index, whatever the size
// of the base.
func (s *Service) search(ctx context.Context, text string) ([]int64, error) {
	var ids []int64
	look := func(column, prefix string) error {
		if prefix == "" {
			return nil
		}
		name := bun.SafeQuery("?", bun.Ident(column))
		if s.db.Dialect() == db.Postgres {
			name = bun.SafeQuery(`? COLLATE "C"`, bun.Ident(column))
		}
		var found []int64
		if err := s.db.Read().NewSelect().Model((*Lead)(nil)).ColumnExpr("coalesce(merged_into, id)").
			Where("? >= ? AND ? < ?", name, prefix, name, prefix+"\U0010FFFF").Where("? <> ''", bun.Ident(column)).
			OrderExpr("?", name).Limit(searchLimit).Scan(ctx, &found); err != nil {
			return fmt.Errorf("leads: search: %w", err)
		}
		ids = append(ids, found...)
		return nil
	}
	folded := i18n.Fold(text)
	columns := [][2]string{{"name_fold", folded}, {"name_turned", folded}, {"email_norm", NormEmail(text)}}
	for _, phone := range s.phonePrefixes(text) {
		columns = append(columns, [2]string{"phone_norm", phone})
	}
	for _, c := range columns {
		if err := look(c[0], c[1]); err != nil {
			return nil, err
		}
	}
	var known []int64
	if err := s.db.Read().NewSelect().Model((*Lead)(nil)).ColumnExpr("coalesce(merged_into, id)").
		Where("external_id = ?", strings.TrimSpace(text)).Scan(ctx, &known); err != nil {
		return nil, fmt.Errorf("leads: search: %w", err)
	}
	ids = append(ids, known...)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	slices.Reverse(ids) // the newest first, as the list is
	return ids[:min(len(ids), searchLimit)], nil
}

// phonePrefixes are the beginnings of E.164 numbers that somebody who types these
// digits may mean: with the country or without, with a trunk zero or without.
func (s *Service) phonePrefixes(text string) []string {
	typed := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		if strings.ContainsRune(" -().", r) {
			return -1
		}
		return 'x'
	}, i18n.ASCIIDigits(strings.TrimSpace(text)))
	digits := strings.TrimLeft(typed, "+")
	if len(digits) < 3 || strings.ContainsAny(digits, "x+") {
		return nil
	}
	if typed != digits {
		return []string{"+" + digits}
	}
	if rest, ok := strings.CutPrefix(digits, "00"); ok {
		return []string{"+" + rest}
	}
	country := fmt.Sprint(phonenumbers.GetCountryCodeForRegion(s.region))
	if rest, ok := strings.CutPrefix(digits, "0"); ok {
		return []string{"+" + country + rest}
	}
	return []string{"+" + digits, "+" + country + digits}
}
