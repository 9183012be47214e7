package leads

import (
	"maps"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
)

// AddNumber has conditions ask a feature's figure, its points for example: the column
// of a table that has a row for each lead who has any. Call it before the workers start.
func (s *Service) AddNumber(name, table, column string) {
	s.numbers[name] = conditions.Number{Table: table, Column: column}
}

// AddSet has conditions ask who belongs to what a feature calls by name, its segments
// for example: set selects, as lead_id, the leads that do. Call it before the workers start.
func (s *Service) AddSet(kind string, set conditions.Set) { s.sets[kind] = set }

// AddNames says how to find all that leads belong to of a kind at once, for those of which
// a lead has few: query selects lead_id and name, as AddSet knows it, for the leads that
// its ?0 lists. Call it before the workers start.
func (s *Service) AddNames(kind, query string) { s.names[kind] = query }

// Schema tells conditions.Where how what is known about leads lies in the database. A
// query calls the lead's row "lead", as one over the model Lead does, and leaves out
// those that were merged or erased itself (see Living).
func (s *Service) Schema() conditions.Schema {
	return conditions.Schema{
		Postgres: s.db.Dialect() == db.Postgres, Lead: "lead", Folds: "folds", Events: "events",
		Columns: map[string]conditions.Column{
			"country": {Name: "country", Upper: true}, "stage": {Name: "stage"}, "relation": {Name: "relation"},
			"channel": {Name: "channel"},
		},
		Numbers: maps.Clone(s.numbers), Sets: maps.Clone(s.sets),
	}
}

// Living narrows a query over Lead to those who are somebody: neither merged into
// another lead nor erased.
const Living = "lead.merged_into IS NULL AND lead.erased_at IS NULL"

// What a lead has of tags and of consents.
const (
	tagsOfLeads = "SELECT lt.lead_id, t.name_fold AS name FROM lead_tags AS lt JOIN tags AS t ON t.id = lt.tag_id WHERE lt.lead_id IN (?0)"
	agreedTo    = "SELECT lead_id, purpose AS name FROM consent_states WHERE state = 'granted' AND lead_id IN (?0)" +
		" UNION ALL SELECT lead_id, purpose || '/' || channel FROM consent_states WHERE state = 'granted' AND lead_id IN (?0)"
)

var tagged = conditions.SetQuery("SELECT lt.lead_id FROM lead_tags AS lt WHERE lt.tag_id = (SELECT id FROM tags WHERE name_fold = ?)")
