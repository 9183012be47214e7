package forms

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/sarnakh/sarnakh/internal/secure"
)

// The parameters of a link that shows one version of a landing page to whoever has it.
const (
	paramPreview   = "preview"
	paramSignature = "sig"
)

const previewPurpose = "forms.preview"

// SignWith has links to single versions signed, so that visitors cannot choose what they
// see. Call it before the first request.
func (s *Service) SignWith(signer *secure.Signer) { s.signer = signer }

// previewLink shows a version of a page for a test of it: without being counted.
func (s *Service) previewLink(page, variant string) string {
	return "/p/" + page + "?" + url.Values{
		paramPreview: {variant}, paramSignature: {s.signer.Sign(previewPurpose, page+"/"+variant)},
	}.Encode()
}

// previewed is the version that a signed link asks for.
func (s *Service) previewed(r *http.Request, p *LandingPage) (PageVariant, bool) {
	q := r.URL.Query()
	key := q.Get(paramPreview)
	if key == "" || s.signer == nil || !s.signer.Valid(previewPurpose, p.Key+"/"+key, q.Get(paramSignature)) {
		return PageVariant{}, false
	}
	i := slices.IndexFunc(p.Definition.Variants, func(v PageVariant) bool { return v.Key == key })
	if i < 0 {
		return PageVariant{}, false
	}
	return p.Definition.Variants[i], true
}
