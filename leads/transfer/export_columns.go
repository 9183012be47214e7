package transfer

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/leads"
)

// The columns that are not fields of a lead.
const (
	columnID         = "id"
	columnTags       = "tags"
	columnConsent    = "consent_email" // yes, no, or empty when never spoken of
	columnAttributes = "attributes"    // all fields of one's own in one JSON object
	columnUpdated    = "updated_at"
)

// ExportColumns lists the columns that every export can have, in their order.
var ExportColumns = slices.Concat([]string{columnID}, leads.BuiltIn[:12], []string{columnTags, columnConsent, "created_at", columnUpdated}, leads.BuiltIn[13:])

// exported are the values of leads, by column.
func (s *Service) exported(ctx context.Context, e *Export, page []*leads.Lead) ([][]any, error) {
	ids := make([]int64, 0, len(page))
	for _, l := range page {
		ids = append(ids, l.ID)
	}
	var tags map[int64][]string
	var consents map[int64]bool
	var err error
	if slices.Contains(e.Columns, columnTags) {
		if tags, err = s.leads.TagsOf(ctx, s.db.Read(), ids); err != nil {
			return nil, err
		}
	}
	if slices.Contains(e.Columns, columnConsent) {
		if consents, err = s.leads.MayContact(ctx, s.db.Read(), channelEmail, ids); err != nil {
			return nil, err
		}
	}
	rows := make([][]any, 0, len(page))
	for _, l := range page {
		if !l.ErasedAt.IsZero() {
			continue
		}
		row := make([]any, len(e.Columns))
		for i, column := range e.Columns {
			switch column {
			case columnTags:
				row[i] = tags[l.ID]
			case columnConsent:
				if may, spoken := consents[l.ID]; spoken {
					row[i] = may
				}
			default:
				row[i] = valueOf(l, column)
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// valueOf is what stands in a column for a lead.
func valueOf(l *leads.Lead, column string) any {
	switch column {
	case columnID:
		return l.ID
	case "email":
		return l.Email
	case "external_id":
		return l.ExternalID
	case "phone":
		if l.PhoneNorm != "" {
			return l.PhoneNorm
		}
		return l.Phone
	case "first_name":
		return l.FirstName
	case "last_name":
		return l.LastName
	case "language":
		return l.Language
	case "time_zone":
		return l.TimeZone
	case "country":
		return l.Country
	case "stage":
		return l.Stage
	case "relation":
		return l.Relation
	case "channel":
		return l.Channel
	case "owner":
		return l.Owner
	case "created_at":
		return l.CreatedAt.UTC().Format(time.RFC3339)
	case columnUpdated:
		return l.UpdatedAt.UTC().Format(time.RFC3339)
	case "source":
		return l.FirstTouch.Source
	case "medium":
		return l.FirstTouch.Medium
	case "campaign":
		return l.FirstTouch.Campaign
	case "last_source":
		return l.LastTouch.Source
	case "last_medium":
		return l.LastTouch.Medium
	case "last_campaign":
		return l.LastTouch.Campaign
	case columnAttributes:
		return l.Attributes
	}
	name, _ := strings.CutPrefix(column, toAttribute)
	return l.Attributes[name]
}

// OwnFields are the names of the fields of one's own that are declared or that the newest
// thousand leads have, in alphabetical order.
func (s *Service) OwnFields(ctx context.Context) ([]string, error) {
	catalogue, err := s.leads.Fields(ctx)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, f := range catalogue.All() {
		if !f.Archived {
			seen[f.Key] = true
		}
	}
	newest, _, err := s.leads.List(ctx, leads.ListOptions{Limit: 1000})
	if err != nil {
		return nil, err
	}
	for _, l := range newest {
		for name := range l.Attributes {
			seen[name] = true
		}
	}
	names := make([]string, 0, len(seen))
	for name := range seen {
		names = append(names, name)
	}
	slices.Sort(names)
	return names[:min(len(names), 100)], nil
}

// textOf is a value as it stands in a cell.
func textOf(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []string:
		return strings.Join(v, "; ")
	case []any:
		parts := make([]string, len(v))
		for i, part := range v {
			parts[i] = textOf(part)
		}
		return strings.Join(parts, "; ")
	}
	raw, err := json.Marshal(value)
	if err != nil || string(raw) == "null" {
		return ""
	}
	return string(raw)
}
