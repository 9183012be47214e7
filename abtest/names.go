package abtest

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Names are what the team calls the experiments and their variants.
type Names struct {
	experiments map[string]string
	variants    map[string]i18n.Text // by "experiment/variant"
	Keys        []string             // "experiment/variant", the newest experiment first
}

// Names reads those of the newest experiments that are not in the archive.
func (s *Service) Names(ctx context.Context, idb bun.IDB) (Names, error) {
	n := Names{experiments: map[string]string{}, variants: map[string]i18n.Text{}}
	var list []*Experiment
	if err := idb.NewSelect().Model(&list).Column("key", "definition").Where("archived_at IS NULL").
		Order("id DESC").Limit(mostListed).Scan(ctx); err != nil {
		return n, fmt.Errorf("experiments: names: %w", err)
	}
	for _, e := range list {
		n.experiments[e.Key] = e.Definition.Name
		for _, v := range e.Definition.Variants {
			key := e.Key + "/" + v.Key
			n.variants[key] = v.Name
			n.Keys = append(n.Keys, key)
		}
	}
	return n, nil
}

// Experiment is the experiment's name, else its key.
func (n Names) Experiment(key string) string {
	if name := n.experiments[key]; name != "" {
		return name
	}
	return key
}

// Variant is the variant's name in a language, else its key.
func (n Names) Variant(experiment, variant string, lang i18n.Lang) string {
	if name := n.variants[experiment+"/"+variant].In(lang); name != "" {
		return name
	}
	return variant
}
