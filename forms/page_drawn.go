package forms

import (
	"bytes"
	"net/http"
	"strings"
	"sync"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// drawings keeps landing pages as they were drawn of late. What one visitor's page has for
// itself alone are the hidden fields of its form: the rest is drawn once in each version,
// language and theme, with a gap for them.
type drawings struct {
	mu    sync.Mutex
	pages map[string]*drawnPage // by the page's key
}

// drawnPage is one page as it stood on the shelf: what replaces it there is drawn anew.
type drawnPage struct {
	of    *LandingPage
	looks map[look]*drawing
}

// look is what a drawing depends on beside the page.
type look struct {
	form             *Form // as it stood on the shelf
	variant, version string
	lang             i18n.Lang
	theme            string
}

// drawing is a page before and after the gap; without one, as where the form is closed,
// all of it is before.
type drawing struct{ before, after []byte }

// mostLooks is how many drawings a page may have. Who changes its form again and again
// within a second begins anew.
const mostLooks = 256

func (d *drawings) find(p *LandingPage, l look) (*drawing, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	kept := d.pages[p.Key]
	if kept == nil || kept.of != p {
		return nil, false
	}
	found, ok := kept.looks[l]
	return found, ok
}

func (d *drawings) keep(p *LandingPage, l look, made *drawing) {
	d.mu.Lock()
	defer d.mu.Unlock()
	kept := d.pages[p.Key]
	if kept == nil || kept.of != p || len(kept.looks) >= mostLooks {
		kept = &drawnPage{of: p, looks: map[look]*drawing{}}
		d.pages[p.Key] = kept
	}
	kept.looks[l] = made
}

// gap is a hidden field that no form has.
var gap = hiddenView{Name: "_gap", Value: "_gap"}

// showDrawn shows a landing page to whoever comes by no signed link and has sent nothing yet.
func (s *Service) showDrawn(w http.ResponseWriter, r *http.Request, v *visit) error {
	page := s.kit.Page(r, "")
	l := look{form: v.shelved, variant: v.variant.Key, version: v.inside.variant, lang: page.Lang, theme: page.Theme}
	made, ok := s.drawings.find(v.page, l)
	if !ok {
		out, err := s.kit.HTML(landingLayout, landingTemplate, s.landingPage(page, r, v, nil, nil, []hiddenView{gap}))
		if err != nil {
			return err
		}
		made = &drawing{before: out}
		if before, after, found := bytes.Cut(out, gap.field(nil)); found {
			made = &drawing{before, after}
		}
		s.drawings.keep(v.page, l, made)
	}
	var own []byte
	if made.after != nil {
		for _, h := range v.hidden(r, nil, page.Lang) {
			own = h.field(own)
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	return s.kit.Send(w, http.StatusOK, made.before, own, made.after)
}

// quoted is what the templates write for a text inside double quotes.
var quoted = strings.NewReplacer("\x00", "\uFFFD", `"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;")

// field appends the field as the partial "form" has it.
func (h hiddenView) field(to []byte) []byte {
	to = append(to, `<input type="hidden" name="`...)
	to = append(to, quoted.Replace(h.Name)...)
	to = append(to, `" value="`...)
	to = append(to, quoted.Replace(h.Value)...)
	return append(to, `">`...)
}
