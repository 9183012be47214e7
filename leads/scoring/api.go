package scoring

import (
	"net/http"

	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/web"
)

type apiScoring struct {
	Rules  []countedRule `json:"rules"`
	Grades []Grade       `json:"grades"`
	Leads  []gradeCount  `json:"leads"` // how many have which grade
}

type countedRule struct {
	*Rule
	Leads  int     `json:"leads"`        // for how many it counts at present
	Points float64 `json:"points_given"` // how much, together
}

// apiRead is the rules, the scale and how many leads have which grade.
func (s *Service) apiRead(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	b, err := s.book(ctx, s.db.Read())
	if err != nil {
		return err
	}
	out := apiScoring{Grades: b.scale.Grades, Rules: []countedRule{}}
	if out.Leads, err = s.gradeCounts(ctx, b); err != nil {
		return err
	}
	rows, err := s.rules().List(ctx, s.db.Read())
	if err != nil {
		return err
	}
	counts, err := s.ruleCounts(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		out.Rules = append(out.Rules, countedRule{&row.Definition, counts[row.ID].Leads, counts[row.ID].Points})
	}
	return web.JSON(w, http.StatusOK, out)
}

// apiPutRule makes or changes a rule.
func (s *Service) apiPutRule(w http.ResponseWriter, r *http.Request) error {
	in := new(Rule)
	if err := web.ReadJSON(r, in); err != nil {
		return err
	}
	in.Head = manifest.Head{Kind: ruleKind, Key: r.PathValue("key")}
	if err := s.saveRule(r.Context(), in, false); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, in)
}

type apiScale struct {
	Grades []Grade `json:"grades" validate:"required,min=1,max=10,dive"` // from the best to the least
}

// apiPutScale says from which score on which grade is given.
func (s *Service) apiPutScale(w http.ResponseWriter, r *http.Request) error {
	var in apiScale
	if err := web.DecodeJSON(r, &in); err != nil {
		return err
	}
	if err := s.saveScale(r.Context(), &Scale{Head: manifest.Head{Kind: scaleKind, Key: scaleKey}, Grades: in.Grades}); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, in)
}

type apiScore struct {
	*Score
	Parts []CountedPart `json:"parts"`
}

// apiLead is a lead's score and what it is made of.
func (s *Service) apiLead(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	if _, err := s.leads.Find(r.Context(), s.db.Read(), id); err != nil {
		return err
	}
	score, err := s.Find(r.Context(), id)
	if err != nil {
		return err
	}
	parts, err := s.Parts(r.Context(), id)
	if err != nil {
		return err
	}
	if parts == nil {
		parts = []CountedPart{}
	}
	return web.JSON(w, http.StatusOK, apiScore{score, parts})
}
