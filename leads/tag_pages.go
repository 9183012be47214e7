package leads

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

// mostTagged is how many leads can be tagged at once from a page.
const mostTagged = 1000

// tagOne puts tags on one lead, or takes them off, as posted.
func (p pages) tagOne(w http.ResponseWriter, r *http.Request) error {
	l, done, err := p.lead(w, r)
	if err != nil || done {
		return err
	}
	if err := web.ParseForm(r); err != nil {
		return err
	}
	if err := p.tag(r, []int64{l.ID}); err != nil {
		return p.sayTag(w, r, err, leadPath(l.ID))
	}
	return web.Redirect(w, r, "%s", leadPath(l.ID))
}

// tagMany does so for the leads that were chosen in the list.
func (p pages) tagMany(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	back := web.LocalPath(r.PostForm.Get("return"))
	page := p.kit.Page(r, "leads.title")
	var ids []int64
	for _, text := range r.PostForm["lead"] {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || len(ids) >= mostTagged {
			return errs.Fields{"lead": "errors.number"}
		}
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		web.SetFlash(w, "bad", page.T("leads.bulk.nobody"))
		return web.Redirect(w, r, "%s", back)
	}
	if err := p.tag(r, ids); err != nil {
		return p.sayTag(w, r, err, back)
	}
	done := "leads.bulk.tagged"
	if r.PostForm.Get("do") == "remove" {
		done = "leads.bulk.untagged"
	}
	web.SetFlash(w, "good", page.T(done, "n", len(ids), "tag", r.PostForm.Get("tag")))
	return web.Redirect(w, r, "%s", back)
}

// sayTag leads back with why a tag cannot be.
func (p pages) sayTag(w http.ResponseWriter, r *http.Request, err error, back string) error {
	fields, ok := errs.AsFields(err)
	if !ok {
		return err
	}
	for _, message := range p.kit.Page(r, "leads.title").Say(fields) {
		web.SetFlash(w, "bad", message)
	}
	return web.Redirect(w, r, "%s", back)
}

// tag does what was posted: do=add or remove, and the tags, between commas, or with
// whole=1 one that may have commas itself.
func (p pages) tag(r *http.Request, ids []int64) error {
	names := splitTags(r.PostForm.Get("tag"))
	if r.PostForm.Get("whole") != "" {
		names = []string{r.PostForm.Get("tag")}
	}
	if len(names) == 0 {
		return errs.Fields{"tags": "errors.tag"}
	}
	return p.s.db.InTx(r.Context(), func(ctx context.Context, tx db.Tx) error {
		known, err := p.s.living(ctx, tx, ids)
		if err != nil {
			return err
		}
		if r.PostForm.Get("do") == "remove" {
			return p.s.Untag(ctx, tx, known, names, by(r))
		}
		return p.s.Tag(ctx, tx, known, names, by(r))
	})
}

func splitTags(typed string) []string {
	var names []string
	for name := range strings.FieldsFuncSeq(typed, func(r rune) bool { return strings.ContainsRune(",،;؛\n", r) }) {
		if name = visible(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}
