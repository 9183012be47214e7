package transfer

import (
	"context"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// write imports what is left of a file. Each block is one transaction with the position
// behind it, so that a crash repeats nothing and leaves nothing out.
func (s *Service) write(ctx context.Context, im *Import) (*Import, error) {
	if im.Position == 0 { // those of the dry run are found again
		if err := s.forgetRefusals(ctx, im); err != nil {
			return nil, err
		}
	}
	err := s.eachBlock(ctx, im, func(ctx context.Context, p *prepared) error {
		next := *im
		next.Tally = im.Tally.clone()
		next.Position, next.Done = p.no+1, im.Done+p.rows
		err := s.db.InBulkTx(ctx, func(ctx context.Context, tx db.Tx) error {
			// First of all, so that whoever comes late gives up before it has done anything.
			if err := s.hold(ctx, tx, im); err != nil {
				return err
			}
			if err := s.writeBlock(ctx, tx, &next, p); err != nil {
				return err
			}
			return s.advance(ctx, tx, &next, Importing)
		})
		if err == nil {
			*im = next
		}
		return err
	})
	im.State, im.FinishedAt = Done, s.clock.Now()
	return im, err
}

// hold makes sure within tx that nobody else has come further, and keeps them off.
func (s *Service) hold(ctx context.Context, tx db.Tx, im *Import) error {
	now, err := s.lock(ctx, tx, im.ID)
	if err != nil {
		return err
	}
	if now.State != Importing || now.Position != im.Position {
		return errMoved
	}
	return nil
}

// writeBlock writes the people of a block within tx and counts what became of them.
func (s *Service) writeBlock(ctx context.Context, tx db.Tx, im *Import, p *prepared) error {
	list, err := s.withoutErased(ctx, tx, im.ID, p)
	if err != nil {
		return err
	}
	imported, err := s.leads.ImportReady(ctx, tx, list, im.Plan.Mode == ModeSkip)
	if err != nil {
		return err
	}
	refused := p.refused
	met := make(map[int64]bool, len(imported)) // who was counted in this block
	done := make([]outcome, 0, len(imported))
	for i, became := range imported {
		who := p.people[i]
		if became.Err != nil {
			who.reason = refuseOther
			refused = append(refused, who.refusal(im.ID, p.part))
			continue
		}
		id := became.Lead.ID
		switch {
		case met[id]:
			im.Tally.Repeats++
		case became.Created:
			im.Tally.New++
		case became.Skipped:
			im.Tally.Skipped++
		default:
			im.Tally.Updated++
		}
		done = append(done, outcome{who, became, met[id]})
		met[id] = true
	}
	for _, r := range refused {
		im.Tally.refuse(r.Reason)
	}
	if err := s.writeConsents(ctx, tx, im, done); err != nil {
		return err
	}
	if err := s.writeTags(ctx, tx, im, done); err != nil {
		return err
	}
	if err := leaveWord(ctx, tx, im.ID, p.no, done); err != nil {
		return err
	}
	return refuse(ctx, tx, refused)
}

// outcome is what became of a person.
type outcome struct {
	*person
	leads.Imported
	again bool // stood in the block before
}

// writeTags puts the tags of the plan and of the rows on everybody who was not skipped.
func (s *Service) writeTags(ctx context.Context, tx db.Tx, im *Import, done []outcome) error {
	tags := map[string][]int64{}
	for _, o := range done {
		if o.Skipped {
			continue
		}
		for _, list := range [][]string{im.Plan.Tags, o.tags} {
			for _, tag := range list {
				tags[tag] = append(tags[tag], o.Lead.ID)
			}
		}
	}
	return s.leads.TagQuietly(ctx, tx, tags)
}

func (t Tally) clone() Tally {
	reasons := make(map[string]int64, len(t.Reasons))
	for reason, n := range t.Reasons {
		reasons[reason] = n
	}
	t.Reasons = reasons
	return t
}
