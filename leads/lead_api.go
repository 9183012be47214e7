package leads

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

// mostPerPage is the longest page of leads or events that scripts may ask for.
const mostPerPage = 200

// taggedLead is a lead as scripts see it.
type taggedLead struct {
	*Lead
	Tags []string `json:"tags"`
}

// apiLead is a lead with what they agreed to and what they did last.
type apiLead struct {
	taggedLead
	Events   []*Event   `json:"events"`
	Consents []*Consent `json:"consents"`
}

// said is what a script says about somebody: what is absent changes nothing.
type said struct {
	ExternalID string         `json:"external_id,omitempty"`
	Email      string         `json:"email,omitempty"`
	Phone      string         `json:"phone,omitempty"`
	FirstName  string         `json:"first_name,omitempty"`
	LastName   string         `json:"last_name,omitempty"`
	Language   string         `json:"language,omitempty"`
	TimeZone   string         `json:"time_zone,omitempty"`
	Country    string         `json:"country,omitempty"`
	Stage      string         `json:"stage,omitempty"`
	Relation   string         `json:"relation,omitempty"`
	Channel    string         `json:"channel,omitempty"`
	Owner      string         `json:"owner,omitempty"`
	Attributes map[string]any `json:"attributes,omitempty"`
	Tags       []string       `json:"tags,omitempty" validate:"max=50"`
}

// patch is what a script changes of a lead: what is absent stays, what is empty goes.
type patch struct {
	ExternalID *string        `json:"external_id,omitempty"`
	Email      *string        `json:"email,omitempty"`
	Phone      *string        `json:"phone,omitempty"`
	FirstName  *string        `json:"first_name,omitempty"`
	LastName   *string        `json:"last_name,omitempty"`
	Language   *string        `json:"language,omitempty"`
	TimeZone   *string        `json:"time_zone,omitempty"`
	Country    *string        `json:"country,omitempty"`
	Stage      *string        `json:"stage,omitempty"`
	Relation   *string        `json:"relation,omitempty"`
	Channel    *string        `json:"channel,omitempty"`
	Owner      *string        `json:"owner,omitempty"`
	Attributes map[string]any `json:"attributes,omitempty"`
	// UpdatedAt, when given, is the lead's as it was read: if it has changed since, so
	// has the lead, and nothing is done.
	UpdatedAt *time.Time `json:"updated_at,omitempty"`
}

// set are the fields that the patch says something of, by name.
func (p *patch) set() map[string]*string {
	return map[string]*string{
		"external_id": p.ExternalID, "email": p.Email, "phone": p.Phone, "first_name": p.FirstName, "last_name": p.LastName,
		"language": p.Language, "time_zone": p.TimeZone, "country": p.Country, "stage": p.Stage, "relation": p.Relation,
		"channel": p.Channel, "owner": p.Owner,
	}
}

// apiList pages through the leads for scripts.
func (s *Service) apiList(w http.ResponseWriter, r *http.Request) error {
	page, before, err := pageBefore(r)
	if err != nil {
		return err
	}
	o := listOptions(r)
	if err := o.Check(); err != nil {
		return err
	}
	o.Before, o.Limit = before, page.Limit
	found, more, err := s.List(r.Context(), o)
	if err != nil {
		return err
	}
	rows, err := s.tagged(r.Context(), found...)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, web.ListOf(rows, more, func(l taggedLead) any { return l.ID }))
}

// tagged adds the tags to leads.
func (s *Service) tagged(ctx context.Context, found ...*Lead) ([]taggedLead, error) {
	ids := make([]int64, len(found))
	for i, l := range found {
		ids[i] = l.ID
	}
	tags, err := s.TagsOf(ctx, s.db.Read(), ids)
	if err != nil {
		return nil, err
	}
	rows := make([]taggedLead, len(found))
	for i, l := range found {
		rows[i] = taggedLead{l, orEmpty(tags[l.ID])}
	}
	return rows, nil
}

// answer answers with a lead as it stands; a key that may write and not read hears its
// number alone.
func (s *Service) answer(w http.ResponseWriter, r *http.Request, status int, id int64) error {
	if web.Who(r).Need("leads:read") != nil {
		return web.JSON(w, status, taggedLead{&Lead{ID: id, Attributes: map[string]any{}}, []string{}})
	}
	l, err := s.Find(r.Context(), s.db.Read(), id)
	if err != nil {
		return err
	}
	rows, err := s.tagged(r.Context(), l)
	if err != nil {
		return err
	}
	return web.JSON(w, status, rows[0])
}

// apiSay finds or makes the lead that a script speaks of, and writes what it says.
func (s *Service) apiSay(w http.ResponseWriter, r *http.Request) error {
	var body said
	if err := web.DecodeJSON(r, &body); err != nil {
		return err
	}
	p := &Profile{
		ExternalID: body.ExternalID, Email: body.Email, Phone: body.Phone, FirstName: body.FirstName, LastName: body.LastName,
		Language: body.Language, TimeZone: body.TimeZone, Country: body.Country, Stage: body.Stage, Relation: body.Relation,
		Channel: body.Channel, Owner: body.Owner,
	}
	var err error
	if p.Attributes, err = s.checkAttributes(r.Context(), body.Attributes); err != nil {
		return err
	}
	maps.DeleteFunc(p.Attributes, func(_ string, v any) bool { return v == nil }) // says nothing
	if p.Email != "" && checkEmail(NormEmail(p.Email)) != nil {
		return errs.Fields{"email": "errors.email"}
	}
	if p.Phone != "" && s.NormPhone(p.Phone) == "" {
		return errs.Fields{"phone": "errors.phone"}
	}
	var id int64
	status := http.StatusOK
	err = s.db.InTx(r.Context(), func(ctx context.Context, tx db.Tx) error {
		l, made, err := s.say(ctx, tx, p, by(r))
		if err != nil {
			return err
		}
		if id = l.ID; made {
			status = http.StatusCreated
		}
		return s.Tag(ctx, tx, []int64{l.ID}, body.Tags, by(r))
	})
	if err != nil {
		return err
	}
	return s.answer(w, r, status, id)
}

// say is Upsert of one profile, with what it changed on the timeline. It says whether the
// lead was made by it.
func (s *Service) say(ctx context.Context, tx db.Tx, p *Profile, by string) (l *Lead, made bool, err error) {
	before, err := s.known(ctx, tx, p)
	if err != nil {
		return nil, false, err
	}
	found, err := s.Upsert(ctx, tx, []*Profile{p})
	if err != nil {
		return nil, false, err
	}
	after := found[0]
	if before == nil || before.ID != after.ID {
		return after, true, s.Record(ctx, tx, created(after, by))
	}
	e := updated(before, after)
	if e == nil {
		return after, false, nil
	}
	e.Source = by
	return after, false, s.Record(ctx, tx, e)
}

// known returns, as it is, the lead that Upsert will write a profile into; nil when it
// will make one.
func (s *Service) known(ctx context.Context, tx db.Tx, p *Profile) (*Lead, error) {
	id, people := s.identify(p), newDirectory()
	if err := people.load(ctx, s, tx, []identity{id}); err != nil {
		return nil, err
	}
	l, _ := people.find(id, p.Unproven)
	return l, nil
}

// apiChange changes what a script names of a lead.
func (s *Service) apiChange(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	var body patch
	if err := web.DecodeJSON(r, &body); err != nil {
		return err
	}
	attributes, err := s.checkAttributes(r.Context(), body.Attributes)
	if err != nil {
		return err
	}
	err = s.db.InTx(r.Context(), func(ctx context.Context, tx db.Tx) error {
		_, err := s.Change(ctx, tx, id, by(r), func(l *Lead) error {
			if body.UpdatedAt != nil && !body.UpdatedAt.Truncate(time.Microsecond).Equal(l.UpdatedAt.Truncate(time.Microsecond)) {
				return fmt.Errorf("lead %d: has changed since %s: %w", id, body.UpdatedAt.Format(time.RFC3339Nano), errs.Conflict)
			}
			fields := l.editable()
			for name, value := range body.set() {
				if value != nil {
					*fields[name] = *value
				}
			}
			maps.Copy(l.Attributes, attributes)
			return nil
		})
		return err
	})
	var taken *TakenError
	if errors.As(err, &taken) {
		return fmt.Errorf("%w; the two may be one person: see /leads/%d/merge?with=%d", err, id, taken.By)
	}
	if err != nil {
		return err
	}
	return s.answer(w, r, http.StatusOK, id)
}

// checkAttributes brings attributes to the types of their fields. What is null stays so.
func (s *Service) checkAttributes(ctx context.Context, attributes map[string]any) (map[string]any, error) {
	fields, err := s.Fields(ctx)
	if err != nil {
		return nil, err
	}
	out, bad := make(map[string]any, len(attributes)), errs.Fields{}
	if len(attributes) > mostAttributes {
		return nil, errs.Fields{"attributes": fmt.Sprintf("errors.max_items=%d", mostAttributes)}
	}
	for name, value := range attributes {
		value, err := fields.Check(name, value)
		if wrong, ok := errs.AsFields(err); ok {
			for field, message := range wrong {
				bad["attributes."+field] = message
			}
		}
		out[name] = value
	}
	return out, bad.OrNil()
}

// mostAttributes is how many attributes one call may say.
const mostAttributes = 200

// apiDetail is one lead with the newest of the timeline and the consents.
func (s *Service) apiDetail(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	l, err := s.Find(r.Context(), s.db.Read(), id)
	if err != nil {
		return err
	}
	rows, err := s.tagged(r.Context(), l)
	if err != nil {
		return err
	}
	events, _, err := s.Timeline(r.Context(), id, 0, perPage)
	if err != nil {
		return err
	}
	consents, err := s.Consents(r.Context(), id)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, apiLead{rows[0], orEmpty(events), orEmpty(consents)})
}

// apiEvents pages through what one lead did, the newest first.
func (s *Service) apiEvents(w http.ResponseWriter, r *http.Request) error {
	id, page, before, err := s.pageOfLead(r)
	if err != nil {
		return err
	}
	o := TimelineOptions{Before: before, Limit: page.Limit}
	if name := r.URL.Query().Get("name"); name != "" {
		o.Names = []string{name}
	}
	events, more, err := s.TimelineOf(r.Context(), id, o)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, web.ListOf(events, more, func(e *Event) any { return e.ID }))
}

// pageOfLead reads which part of a list about the lead of the path is asked for.
func (s *Service) pageOfLead(r *http.Request) (id int64, page web.Paging, before int64, err error) {
	if id, err = web.ID(r); err != nil {
		return 0, page, 0, err
	}
	if page, before, err = pageBefore(r); err != nil {
		return 0, page, 0, err
	}
	_, err = s.Find(r.Context(), s.db.Read(), id)
	return id, page, before, err
}

// pageBefore reads which part of a list that begins with the newest is asked for.
func pageBefore(r *http.Request) (page web.Paging, before int64, err error) {
	if page, err = web.PageRequest(r, mostPerPage); err == nil {
		err = page.After.Read(&before)
	}
	return page, before, err
}

// orEmpty makes an empty list [] in JSON, not null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
