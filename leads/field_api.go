package leads

import (
	"context"
	"net/http"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

// fieldBody is a field as scripts declare one: its key is in the path.
type fieldBody struct {
	Label       i18n.Text `json:"label"`
	Type        string    `json:"type" validate:"required,oneof=text number yes_no date choice choices url"`
	Description i18n.Text `json:"description,omitempty"`
	Options     []Option  `json:"options,omitempty" validate:"max=200"`
	MaxLength   int       `json:"max_length,omitempty" validate:"min=0,max=10000"`
	Min         *float64  `json:"min,omitempty"`
	Max         *float64  `json:"max,omitempty"`
	Group       i18n.Text `json:"group,omitempty"`
	Order       int       `json:"order,omitempty"`
	Archived    bool      `json:"archived,omitempty"`
}

// apiFields pages through the catalogue, by key.
func (s *Service) apiFields(w http.ResponseWriter, r *http.Request) error {
	page, err := web.PageRequest(r, mostPerPage)
	if err != nil {
		return err
	}
	c, err := s.Fields(r.Context())
	if err != nil {
		return err
	}
	list, err := web.PageOf(page, c.All(), func(f *Field) string { return f.Key })
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, list)
}

// apiField is one field.
func (s *Service) apiField(w http.ResponseWriter, r *http.Request) error {
	row, err := s.fields().Find(r.Context(), s.db.Read(), r.PathValue("key"))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, row.Definition)
}

// apiDeclare declares a field, or another form of it.
func (s *Service) apiDeclare(w http.ResponseWriter, r *http.Request) error {
	var b fieldBody
	if err := web.DecodeJSON(r, &b); err != nil {
		return err
	}
	f := &Field{
		Kind: "field", Key: r.PathValue("key"), Label: b.Label, Type: b.Type, Description: b.Description, Options: b.Options,
		MaxLength: b.MaxLength, Min: b.Min, Max: b.Max, Group: b.Group, Order: b.Order, Archived: b.Archived,
	}
	bad := errs.Fields{}
	if fields, ok := errs.AsFields(f.Check()); ok {
		bad = fields
	}
	for _, o := range f.Options {
		if o.Label.Empty() {
			bad["options"] = "each needs a value and a label"
		}
	}
	if f.Label.Empty() {
		bad["label"] = "errors.required"
	}
	if err := bad.OrNil(); err != nil {
		return err
	}
	if err := s.db.InTx(r.Context(), func(ctx context.Context, tx db.Tx) error {
		return s.fields().Apply(ctx, tx, f)
	}); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, f)
}
