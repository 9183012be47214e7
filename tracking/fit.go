package tracking

import (
	"context"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/leads"
)

// fit brings what the messages say of people to the types of the fields that the team
// has declared. A message with a value that does not fit is refused.
func (s *Service) fit(ctx context.Context, c *call) error {
	var catalogue *leads.Catalogue
	good := c.messages[:0:0]
	for _, m := range c.messages {
		if m.profile != nil && len(m.profile.Attributes) > 0 {
			if catalogue == nil {
				var err error
				if catalogue, err = s.fields.Find(ctx, ""); err != nil {
					return err
				}
			}
			if err := fitAttributes(*catalogue, m.profile.Attributes); err != nil {
				field, why := reason(err)
				c.refused = append(c.refused, refusal{index: m.index, id: m.id, kind: m.kind, name: m.eventName(), field: "traits." + field, why: why})
				continue
			}
		}
		good = append(good, m)
	}
	c.messages = good
	return nil
}

func fitAttributes(catalogue leads.Catalogue, attributes map[string]any) error {
	for name, value := range attributes {
		value, err := catalogue.Check(name, value)
		if _, misfit := errs.AsFields(err); misfit {
			return err
		}
		if value == nil {
			delete(attributes, name)
			continue
		}
		attributes[name] = value
	}
	return nil
}
