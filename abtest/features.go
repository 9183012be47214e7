package abtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// features is the answer to GrowthBook's SDKs: each experiment outside is a feature whose
// value is the key of a variant. See https://docs.growthbook.io/lib/build-your-own.
type features struct {
	Status      int                `json:"status"`
	Features    map[string]feature `json:"features"`
	DateUpdated time.Time          `json:"dateUpdated"`
}

type feature struct {
	DefaultValue string `json:"defaultValue"`
	Rules        []any  `json:"rules,omitempty"` // sdkRule or sdkForce
}

// sdkRule is an experiment as SDKs evaluate it, by spec version 5.
type sdkRule struct {
	Key           string    `json:"key"`
	Name          string    `json:"name"`
	Seed          string    `json:"seed"`
	HashAttribute string    `json:"hashAttribute"`
	HashVersion   int       `json:"hashVersion"`
	Variations    []string  `json:"variations"`
	Weights       []float64 `json:"weights"`
	Coverage      float64   `json:"coverage"`
	Meta          []sdkMeta `json:"meta"`
	Phase         string    `json:"phase"`

	Condition map[string]oneOf `json:"condition,omitempty"`
	Namespace []any            `json:"namespace,omitempty"` // its name, where the piece begins and where it ends
}

// sdkMeta names a variation in what SDKs tell of it.
type sdkMeta struct {
	Key string `json:"key"`
}

// sdkForce shows one variation to all who fit.
type sdkForce struct {
	Condition map[string]oneOf `json:"condition"`
	Force     string           `json:"force"`
}

// feature is the experiment for SDKs: its first version for everybody while it does not
// split. Once a version is rolled out that is what there is, but for those whom its
// hold-out, held, holds back.
func (e *Experiment) feature(held *Experiment) feature {
	f := feature{DefaultValue: e.Definition.Control()}
	switch {
	case e.RolledOut != "":
		if held != nil && held.counts() {
			f.Rules = append(f.Rules, held.rule())
		}
		if c := e.Definition.Audience.condition(); c != nil {
			f.Rules = append(f.Rules, sdkForce{c, e.RolledOut})
		} else {
			f.DefaultValue = e.RolledOut
		}
	case e.splits():
		f.Rules = append(f.Rules, e.rule())
	}
	return f
}

// served reports whether SDKs hear of the experiment. One in the archive is gone for them,
// unless everybody is to see what won; a hold-out is part of the one that it belongs to.
func (e *Experiment) served() bool {
	return e.outside() && e.HoldoutOf == "" && (e.ArchivedAt.IsZero() || e.RolledOut != "")
}

// rule is how SDKs divide visitors.
func (e *Experiment) rule() sdkRule {
	r := sdkRule{
		Key: e.Key, Name: e.Definition.Name, Seed: e.Seed, HashAttribute: "id", HashVersion: 2,
		Weights: e.Shares, Coverage: e.Definition.coverage(), Phase: "0",
	}
	r.Condition = e.Definition.Audience.condition()
	if n := e.Definition.Namespace; n != nil {
		r.Namespace = []any{n.Name, n.From, n.To}
	}
	for _, v := range e.Definition.Variants {
		r.Variations = append(r.Variations, v.Key)
		r.Meta = append(r.Meta, sdkMeta{Key: v.Key})
	}
	return r
}

// featureFile is the answer to SDKs, made ready: they ask for it again and again.
type featureFile struct {
	body []byte
	tag  string
}

// mostServed is how many experiments, their hold-outs included, SDKs are told of: the
// newest.
const mostServed = 1000

func (s *Service) loadFeatures(ctx context.Context, _ string) (*featureFile, error) {
	var all []*Experiment
	if err := s.db.Read().NewSelect().Model(&all).Where("started_at IS NOT NULL").Where("archived_at IS NULL OR rolled_out <> ''").
		Order("id DESC").Limit(mostServed).Scan(ctx); err != nil {
		return nil, fmt.Errorf("experiments: features: %w", err)
	}
	answer := features{Status: http.StatusOK, Features: map[string]feature{}}
	byKey := make(map[string]*Experiment, len(all))
	for _, e := range all {
		byKey[e.Key] = e
	}
	for _, e := range all {
		if e.served() {
			answer.Features[e.Key] = e.feature(byKey[e.Holdout])
		}
		answer.DateUpdated = later(answer.DateUpdated, e.UpdatedAt)
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return nil, fmt.Errorf("experiments: features: %w", err)
	}
	sum := sha256.Sum256(body)
	return &featureFile{body, `"` + hex.EncodeToString(sum[:12]) + `"`}, nil
}

// forget has an experiment that was changed be read again.
func (s *Service) forget(key string) {
	s.shelf.Forget(key)
	s.features.Forget("")
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
