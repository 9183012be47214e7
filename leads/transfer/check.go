package transfer

import (
	"context"
	"errors"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/leads"
)

// check is the dry run: it goes through the whole file and counts who is new, who is
// known and which rows are refused. It writes nothing but these refusals.
func (s *Service) check(ctx context.Context, im *Import) (*Import, error) {
	if err := s.forgetRefusals(ctx, im); err != nil {
		return nil, err
	}
	seen := newSieve()
	im.Position, im.Done, im.Tally = 0, 0, Tally{}
	err := s.eachBlock(ctx, im, func(ctx context.Context, p *prepared) error {
		list, err := s.withoutErased(ctx, s.db.Read(), im.ID, p)
		if err != nil {
			return err
		}
		known, err := s.leads.Known(ctx, list)
		if err != nil {
			return err
		}
		var told []int64
		for i, who := range p.people {
			if known[i] != 0 && im.Plan.consentFor(who) != "" {
				told = append(told, known[i])
			}
		}
		stands, err := s.standings(ctx, s.db.Read(), told)
		if err != nil {
			return err
		}
		for i, who := range p.people {
			state := im.Plan.consentFor(who)
			write, kept := weigh(state, stands[known[i]].State, known[i] != 0 && im.Plan.Mode == ModeSkip)
			switch {
			case seen.before(who.Profile):
				im.Tally.Repeats++
				continue // whose consent was counted where they stood first
			case known[i] == 0:
				im.Tally.New++
			case im.Plan.Mode == ModeSkip:
				im.Tally.Skipped++
			default:
				im.Tally.Updated++
			}
			im.Tally.weigh(state, write, kept)
		}
		for _, r := range p.refused {
			im.Tally.refuse(r.Reason)
		}
		im.Position, im.Done = p.no+1, im.Done+p.rows
		return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			if err := refuse(ctx, tx, p.refused); err != nil {
				return err
			}
			return s.advance(ctx, tx, im, Checking)
		})
	})
	if im.State = Ready; im.Plan.Start {
		im.begin(s.clock.Now())
	}
	return im, err
}

// withoutErased refuses who asked to be erased and returns the rest.
func (s *Service) withoutErased(ctx context.Context, idb bun.IDB, id int64, p *prepared) ([]*leads.Candidate, error) {
	list := make([]*leads.Candidate, len(p.people))
	for i, who := range p.people {
		list[i] = who.ready
	}
	erased, err := s.leads.Erased(ctx, idb, list)
	if err != nil || !slices.Contains(erased, true) {
		return list, err
	}
	people := p.people
	p.people, list = nil, nil
	for i, who := range people {
		if erased[i] {
			who.reason = refuseErased
			p.refused = append(p.refused, who.refusal(id, p.part))
			continue
		}
		p.people, list = append(p.people, who), append(list, who.ready)
	}
	return list, nil
}

// prepared is a block, read as the plan has it.
type prepared struct {
	no, rows, part int64
	people         []*person
	refused        []*Refusal
	err            error
}

// eachBlock hands the blocks of a file, from the import's position on, to do. The next is
// prepared while one is being dealt with, and no more than that one: memory stays level.
func (s *Service) eachBlock(ctx context.Context, im *Import, do func(context.Context, *prepared) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	fields, err := s.leads.Fields(ctx)
	if err != nil {
		return err
	}
	readers := make([]*reader, len(im.Found.Parts))
	for i, part := range im.Found.Parts {
		readers[i] = newReader(&im.Plan, part, fields, s.leads.Zone(), "import")
	}
	id, ready := im.ID, make(chan *prepared, 1)
	go func(no int64) {
		defer close(ready)
		for ; ; no++ {
			p := s.prepare(ctx, id, no, readers)
			if errors.Is(p.err, errs.NotFound) {
				return
			}
			select {
			case ready <- p:
			case <-ctx.Done():
				return
			}
			if p.err != nil {
				return
			}
		}
	}(im.Position)
	for p := range ready {
		if p.err != nil {
			return p.err
		}
		if err := do(ctx, p); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// prepare reads one block.
func (s *Service) prepare(ctx context.Context, id, no int64, readers []*reader) *prepared {
	b, err := s.loadBlock(ctx, id, no)
	if err != nil {
		return &prepared{err: err}
	}
	rows, err := unpack(b.Data, b.Rows)
	if err != nil {
		return &prepared{err: err}
	}
	p := &prepared{no: no, rows: b.Rows, part: b.Part, people: make([]*person, 0, len(rows))}
	for _, row := range rows {
		who := readers[b.Part].read(row)
		if who.reason == "" {
			who.ready = s.leads.Candidate(who.Profile)
			who.reason, who.field = doubt(who.ready.Err)
		}
		if who.reason != "" {
			p.refused = append(p.refused, who.refusal(id, b.Part))
		} else {
			p.people = append(p.people, who)
		}
	}
	return p
}

// doubt is why the lead store would not take somebody, and the field that is to blame.
func doubt(err error) (reason, field string) {
	fields, bad := errs.AsFields(err)
	if !bad {
		return "", ""
	}
	for name := range fields {
		if field == "" || name < field {
			field = name
		}
	}
	if field == "phone" {
		return refusePhone, field
	}
	return refuseOther, field
}

// sieve remembers whom it has seen in a fixed 16 MB, however many they are: of a million
// people it takes fewer than one for somebody else.
type sieve struct {
	bits [1 << 21]uint64
	seed maphash.Seed
}

func newSieve() *sieve { return &sieve{seed: maphash.MakeSeed()} }

// before says whether somebody known by the same e-mail, external id or number was seen.
func (s *sieve) before(p *leads.Profile) bool {
	key := "e" + leads.NormEmail(p.Email)
	switch {
	case p.ExternalID != "":
		key = "x" + strings.TrimSpace(p.ExternalID)
	case p.Email == "":
		key = "p" + p.Phone
	}
	h := maphash.String(s.seed, key)
	seen := true
	for range 4 {
		word, bit := h>>6&(1<<21-1), uint64(1)<<(h&63)
		seen = seen && s.bits[word]&bit != 0
		s.bits[word] |= bit
		h = h>>27 | h<<37
		h *= 0x9E3779B97F4A7C15
	}
	return seen
}
