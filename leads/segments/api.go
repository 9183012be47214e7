package segments

import (
	"net/http"
	"strconv"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
)

// mostPerPage is the longest page of segments or members that scripts may ask for.
const mostPerPage = 200

func (p pages) apiList(w http.ResponseWriter, r *http.Request) error {
	page, err := web.PageRequest(r, mostPerPage)
	if err != nil {
		return err
	}
	all, err := p.List(r.Context(), p.db.Read())
	if err != nil {
		return err
	}
	rows := make([]*apiSegment, len(all))
	for i, seg := range all {
		rows[i] = apiOf(seg)
	}
	list, err := web.PageOf(page, rows, func(s *apiSegment) string { return s.Key })
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, list)
}

func (p pages) apiDetail(w http.ResponseWriter, r *http.Request) error {
	return p.answer(w, r, http.StatusOK, r.PathValue("key"))
}

// apiSegment is a segment as scripts see it.
type apiSegment struct {
	ID int64 `json:"id"`
	apiDefinition
	State      State      `json:"state"`             // filling, ready or failed
	Failure    string     `json:"failure,omitempty"` // why it failed
	Size       int64      `json:"size"`
	ComputedAt *time.Time `json:"computed_at"` // when all members were last settled; null before
	TookMS     int64      `json:"took_ms"`     // how long that took
	CreatedAt  time.Time  `json:"created_at"`
	UpdatedAt  time.Time  `json:"updated_at"` // of the definition
}

func apiOf(s *Segment) *apiSegment {
	d := &s.Definition
	out := &apiSegment{
		ID: s.ID, apiDefinition: apiDefinition{s.Key, d.Name, d.Description, d.Static, d.Condition},
		State: s.State, Failure: s.Failure, Size: s.Size, TookMS: s.TookMS, CreatedAt: s.CreatedAt.UTC(), UpdatedAt: s.UpdatedAt.UTC(),
	}
	if at := s.ComputedAt.UTC(); !at.IsZero() {
		out.ComputedAt = &at
	}
	return out
}

// apiDefinition is what a script says of a segment; the key stands in the path, and for a
// new one in the body.
type apiDefinition struct {
	Key         string                `json:"key,omitempty"`
	Name        i18n.Text             `json:"name"`
	Description i18n.Text             `json:"description,omitempty"`
	Static      bool                  `json:"static,omitempty"`
	Condition   *conditions.Condition `json:"condition,omitempty"`
}

func (p pages) apiCreate(w http.ResponseWriter, r *http.Request) error {
	var in apiDefinition
	if err := web.ReadJSON(r, &in); err != nil {
		return err
	}
	d := in.definition(in.Key)
	if err := p.Create(r.Context(), d); err != nil {
		return err
	}
	return p.answer(w, r, http.StatusCreated, d.Key)
}

func (p pages) apiPut(w http.ResponseWriter, r *http.Request) error {
	var in apiDefinition
	if err := web.ReadJSON(r, &in); err != nil {
		return err
	}
	key := r.PathValue("key")
	if in.Key != "" && in.Key != key {
		return errs.Fields{"key": "errors.segment.key_other"}
	}
	if err := p.Save(r.Context(), in.definition(key)); err != nil {
		return err
	}
	return p.answer(w, r, http.StatusOK, key)
}

func (in apiDefinition) definition(key string) *Definition {
	return &Definition{
		Head: manifest.Head{Kind: KindName, Key: key}, Name: in.Name, Description: in.Description, Static: in.Static, Condition: in.Condition,
	}
}

func (p pages) answer(w http.ResponseWriter, r *http.Request, status int, key string) error {
	seg, err := p.Find(r.Context(), p.db.Read(), key)
	if err != nil {
		return err
	}
	return web.JSON(w, status, apiOf(seg))
}

func (p pages) apiDelete(w http.ResponseWriter, r *http.Request) error {
	if err := p.Delete(r.Context(), r.PathValue("key")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

type apiQuestion struct {
	Condition conditions.Condition `json:"condition"`
}

type apiPreview struct {
	Counted bool          `json:"counted"` // false when it took longer than 2 seconds
	Count   *int64        `json:"count"`   // null when not counted
	Sample  []*leads.Lead `json:"sample"`  // the newest 10
	Words   i18n.Text     `json:"words"`   // the condition
	Slow    []i18n.Text   `json:"slow"`    // when not counted: the parts that make the database read most
	TookMS  int64         `json:"took_ms"`
}

func (p pages) apiPreview(w http.ResponseWriter, r *http.Request) error {
	var in apiQuestion
	if err := web.DecodeJSON(r, &in); err != nil {
		return err
	}
	if err := p.checkRefs(r.Context(), p.db.Read(), &Definition{Condition: &in.Condition}); err != nil {
		return err
	}
	found, err := p.Preview(r.Context(), in.Condition, previewLimit)
	if err != nil {
		return err
	}
	out := apiPreview{Counted: found.Counted, Sample: found.Sample, Slow: []i18n.Text{}, TookMS: found.Took.Milliseconds()}
	if found.Counted {
		out.Count = &found.Count
	}
	if out.Sample == nil || web.Who(r).Need("leads:read") != nil { // who may ask how many need not hear who
		out.Sample = []*leads.Lead{}
	}
	say, err := p.sayer(r)
	if err != nil {
		return err
	}
	out.Words = say(in.Condition.SayWith)
	for _, c := range found.Slow {
		out.Slow = append(out.Slow, say(c.SayWith))
	}
	return web.JSON(w, http.StatusOK, out)
}

// sayer says something in every language.
func (p pages) sayer(r *http.Request) (func(func(i18n.Locale, conditions.Names) string) i18n.Text, error) {
	names := map[i18n.Lang]conditions.Names{}
	for _, lang := range i18n.Langs {
		n, err := p.names(r.Context(), lang)
		if err != nil {
			return nil, err
		}
		names[lang] = n
	}
	return func(say func(i18n.Locale, conditions.Names) string) i18n.Text {
		out := i18n.Text{}
		for _, lang := range i18n.Langs {
			out[lang] = say(p.kit.Templates.Catalog().Locale(lang, p.kit.Zone), names[lang])
		}
		return out
	}, nil
}

func (p pages) apiMembers(w http.ResponseWriter, r *http.Request) error {
	page, err := web.PageRequest(r, mostPerPage)
	if err != nil {
		return err
	}
	var before int64
	if err := page.After.Read(&before); err != nil {
		return err
	}
	seg, err := p.Find(r.Context(), p.db.Read(), r.PathValue("key"))
	if err != nil {
		return err
	}
	members, more, err := p.Members(r.Context(), seg, before, page.Limit)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, web.ListOf(members, more, func(m Member) any { return m.ID }))
}

// apiWho names leads, by id or by e-mail.
type apiWho struct {
	LeadIDs []int64  `json:"lead_ids,omitempty" validate:"max=10000"`
	Emails  []string `json:"emails,omitempty" validate:"max=10000,dive,max=320"`
}

func (p pages) apiAdd(w http.ResponseWriter, r *http.Request) error { return p.apiByHand(w, r, true) }
func (p pages) apiRemove(w http.ResponseWriter, r *http.Request) error {
	return p.apiByHand(w, r, false)
}

func (p pages) apiByHand(w http.ResponseWriter, r *http.Request, in bool) error {
	var who apiWho
	if err := web.DecodeJSON(r, &who); err != nil {
		return err
	}
	if len(who.LeadIDs)+len(who.Emails) == 0 {
		return errs.Fields{"lead_ids": "errors.required"}
	}
	ids, unknown, err := p.leadsOf(r.Context(), p.db.Read(), who.Emails)
	if err != nil {
		return err
	}
	changed, err := p.byHand(r.Context(), r.PathValue("key"), append(ids, who.LeadIDs...), in)
	if err != nil {
		return err
	}
	changed.Unknown = unknown
	return web.JSON(w, http.StatusOK, changed)
}

type apiWhy struct {
	Segment   string     `json:"segment"`
	LeadID    int64      `json:"lead_id"`
	Member    bool       `json:"member"`
	EnteredAt *time.Time `json:"entered_at"` // null when not a member
	Reason    *apiReason `json:"reason"`     // as of now; null for a static segment
}

type apiReason struct {
	Held  bool         `json:"held"`
	Asked i18n.Text    `json:"asked"`
	Seen  i18n.Text    `json:"seen,omitempty"`
	Parts []*apiReason `json:"parts,omitempty"`
}

func (p pages) apiWhy(w http.ResponseWriter, r *http.Request) error {
	lead, err := strconv.ParseInt(r.URL.Query().Get("lead"), 10, 64)
	if err != nil || lead <= 0 {
		return errs.Fields{"lead": "errors.segment.lead"}
	}
	why, err := p.Why(r.Context(), r.PathValue("key"), lead)
	if err != nil {
		return err
	}
	say, err := p.sayer(r)
	if err != nil {
		return err
	}
	out := apiWhy{Segment: why.Segment.Key, LeadID: why.Lead.ID, Member: why.Member}
	if why.Member {
		out.EnteredAt = &why.EnteredAt
	}
	if why.Segment.dynamic() {
		out.Reason = reason(why.Reason, say)
	}
	return web.JSON(w, http.StatusOK, out)
}

func reason(e conditions.Explanation, say func(func(i18n.Locale, conditions.Names) string) i18n.Text) *apiReason {
	out := &apiReason{Held: e.Held, Asked: say(e.Say)}
	if seen := say(func(l i18n.Locale, _ conditions.Names) string { return e.Seen(l) }); !seen.Empty() {
		out.Seen = seen
	}
	for _, part := range e.Parts {
		out.Parts = append(out.Parts, reason(part, say))
	}
	return out
}
