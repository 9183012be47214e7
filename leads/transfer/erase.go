package transfer

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/leads"
)

// erase removes, within tx, what lists and the log of exports keep of a person: refused
// rows that name them, the samples of a list that is still under way, and what somebody
// searched for. All of it is text as somebody else wrote it, and only the text tells whose
// it is.
func (s *Service) erase(ctx context.Context, tx db.Tx, p *leads.Person, _ leads.EraseRequest) error {
	names := s.namesOf(p)
	if err := names.eraseRefusals(ctx, tx); err != nil {
		return fmt.Errorf("imports: erase refused rows: %w", err)
	}
	if err := s.eraseSamples(ctx, tx, names); err != nil {
		return fmt.Errorf("imports: erase samples: %w", err)
	}
	if err := s.eraseSearches(ctx, tx, names); err != nil {
		return fmt.Errorf("exports: erase searches: %w", err)
	}
	return nil
}

// knownAs is the ways in which a person is recognised in a text.
type knownAs struct {
	emails, phones, ids []string // in the form that they are compared in
	full                []string // folded first and last name, both ways round
	norm                func(phone string) string
}

func (s *Service) namesOf(p *leads.Person) *knownAs {
	n := &knownAs{norm: s.leads.NormPhone}
	add := func(to *[]string, value string) {
		if value != "" {
			*to = append(*to, value)
		}
	}
	for _, l := range append([]*leads.Lead{p.Lead}, p.Merged...) {
		add(&n.emails, l.EmailNorm)
		add(&n.phones, l.PhoneNorm)
		add(&n.ids, strings.TrimSpace(l.ExternalID))
		if l.FirstName != "" && l.LastName != "" {
			add(&n.full, l.NameFold)
			add(&n.full, l.NameTurned)
		}
	}
	return n
}

// in says whether a cell names the person: an e-mail or a name anywhere in it, a number or
// an id when it is the whole of it.
func (n *knownAs) in(cell string) bool {
	folded, email := i18n.Fold(cell), leads.NormEmail(cell)
	for _, known := range n.emails {
		if strings.Contains(email, known) || strings.Contains(folded, known) {
			return true
		}
	}
	for _, known := range n.full {
		if strings.Contains(folded, known) {
			return true
		}
	}
	for _, known := range n.ids {
		if strings.TrimSpace(cell) == known {
			return true
		}
	}
	if len(n.phones) == 0 || !strings.ContainsFunc(cell, unicode.IsDigit) {
		return false
	}
	norm := n.norm(cell)
	for _, known := range n.phones {
		if norm == known {
			return true
		}
	}
	return false
}

func (n *knownAs) inAny(cells []string) bool {
	for _, cell := range cells {
		if n.in(cell) {
			return true
		}
	}
	return false
}

// patterns find, by LIKE, all rows that may name the person, and others.
func (n *knownAs) patterns() (out []string) {
	for _, known := range append(append([]string{}, n.emails...), n.ids...) {
		out = append(out, "%"+plainest(known)+"%")
	}
	for _, phone := range n.phones {
		digits := strings.TrimPrefix(phone, "+")
		digits = digits[max(0, len(digits)-7):] // whatever stands before them: 0, 98, 0098
		for _, zero := range []rune{'0', '۰', '٠'} {
			pattern := "%"
			for _, d := range digits {
				pattern += string(zero+d-'0') + "%"
			}
			out = append(out, pattern)
		}
	}
	return out
}

// plainest is the longest part of a text that stands in JSON, and in a pattern, as it is.
func plainest(text string) (longest string) {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool {
		return r < ' ' || strings.ContainsRune("\"\\<>&%_\u2028\u2029", r) || r > unicode.MaxASCII && unicode.IsUpper(r)
	}) {
		if len(part) > len(longest) {
			longest = part
		}
	}
	return strings.ToLower(longest)
}

// eraseRefusals deletes the rows that name the person, whatever became of the import.
func (n *knownAs) eraseRefusals(ctx context.Context, tx db.Tx) error {
	patterns := n.patterns()
	if len(patterns) == 0 {
		return nil
	}
	for after, more := int64(0), true; more; {
		var rows []*Refusal
		q := tx.NewSelect().Model(&rows).Column("id", "cells").Where("id > ?", after).Order("id").Limit(dropRefused)
		q = q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			for _, pattern := range patterns {
				q = q.WhereOr("lower(CAST(cells AS TEXT)) LIKE ?", pattern)
			}
			return q
		})
		if err := q.Scan(ctx); err != nil {
			return err
		}
		var theirs []int64
		for _, r := range rows {
			if after = r.ID; n.inAny(r.Cells) {
				theirs = append(theirs, r.ID)
			}
		}
		if more = len(rows) == dropRefused; len(theirs) == 0 {
			continue
		}
		if _, err := tx.NewDelete().Model((*Refusal)(nil)).Where("id IN (?)", bun.List(theirs)).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// eraseSamples drops the samples of a table in which one names the person: what stands
// beside it in other columns may be theirs too.
func (s *Service) eraseSamples(ctx context.Context, tx db.Tx, n *knownAs) error {
	var ids []int64
	if err := tx.NewSelect().Model((*Import)(nil)).Column("id").Where("state NOT IN (?)", bun.List([]State{Done, Cancelled, Failed})).
		Order("id").Scan(ctx, &ids); err != nil {
		return err
	}
	for _, id := range ids {
		im, err := s.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		changed := false
		for i := range im.Found.Parts {
			part := &im.Found.Parts[i]
			theirs := n.inAny(part.Header) // of a list without a header they may be
			for _, samples := range part.Samples {
				theirs = theirs || n.inAny(samples)
			}
			if theirs && part.Samples != nil {
				part.Samples, changed = nil, true
			}
		}
		if !changed {
			continue
		}
		if _, err := tx.NewUpdate().Model(im).Column("found").WherePK().Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// eraseSearches takes what somebody searched for out of the log of exports where it names
// the person, or begins to. That there was a search stays.
func (s *Service) eraseSearches(ctx context.Context, tx db.Tx, n *knownAs) error {
	var exports []*Export
	if err := tx.NewSelect().Model(&exports).Column("id", "selection").Where(`CAST(selection AS TEXT) LIKE '%"search"%'`).
		Order("id").Scan(ctx); err != nil {
		return err
	}
	for _, e := range exports {
		if !n.in(e.Selection.Search) && !n.begin(e.Selection.Search) {
			continue
		}
		e.Selection.Search, e.Selection.Erased = "", true
		if _, err := tx.NewUpdate().Model(e).Column("selection").WherePK().Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// begin says whether a search is the beginning of how the person is known, long enough to
// mean them rather than many.
func (n *knownAs) begin(search string) bool {
	search = strings.TrimSpace(search)
	folded := i18n.Fold(search)
	if len([]rune(folded)) < 3 {
		return false
	}
	for _, known := range append(append(append([]string{}, n.emails...), n.full...), n.ids...) {
		if strings.HasPrefix(i18n.Fold(known), folded) {
			return true
		}
	}
	digits := strings.TrimLeft(strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, folded), "0")
	for _, known := range n.phones {
		if len(digits) > 5 && strings.Contains(known, digits) {
			return true
		}
	}
	return false
}
