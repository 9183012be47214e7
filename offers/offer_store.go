package offers

import (
	"cmp"
	"context"
	"slices"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/manifest"
)

// offerRow is a stored offer.
type offerRow = manifest.Row[Offer]

// table is where the offers are. Whoever stores one gives it a clock: see Kinds.
var table = manifest.Table[Offer, *Offer]{Table: "offers", Kind: "offer"}

// Kinds are the documents that set the offers up.
func (s *Service) Kinds() []manifest.Kind {
	t := table
	t.Now, t.Check = s.clock.Now, s.checkExperiment
	return []manifest.Kind{t}
}

func findOffer(ctx context.Context, idb bun.IDB, key string) (*offerRow, error) {
	return table.Find(ctx, idb, key)
}

func offersByID(ctx context.Context, idb bun.IDB, ids []int64) (map[int64]*offerRow, error) {
	return table.ByID(ctx, idb, ids)
}

// listOffers returns all offers, the highest priority first and then by key; 500 at
// the most.
func listOffers(ctx context.Context, idb bun.IDB) ([]*offerRow, error) {
	rows, err := table.List(ctx, idb)
	slices.SortFunc(rows, func(a, b *offerRow) int {
		return cmp.Or(cmp.Compare(b.Definition.Priority, a.Definition.Priority), cmp.Compare(a.Key, b.Key))
	})
	return rows, err
}
