package forms

import (
	"net/http"
	"net/url"
	"strings"

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

// previewLink shows one version of a page or form for a test of it: without being counted.
func (s *Service) previewLink(path, variant string) string {
	return path + "?" + url.Values{
		paramPreview: {variant}, paramSignature: {s.signer.Sign(previewPurpose, previewed(path, variant))},
	}.Encode()
}

// previewed is what a link is signed for. Those to pages were so before forms had any.
func previewed(path, variant string) string { return strings.TrimPrefix(path, "/p/") + "/" + variant }

// asked is the version that a signed link to this path asks for; "" without one.
func (s *Service) asked(r *http.Request) string {
	q := r.URL.Query()
	key := q.Get(paramPreview)
	if key == "" || s.signer == nil || !s.signer.Valid(previewPurpose, previewed(r.URL.Path, key), q.Get(paramSignature)) {
		return ""
	}
	return key
}

// keepPreview has what is sent from a preview come back to it.
func keepPreview(r *http.Request, query url.Values) {
	query[paramPreview], query[paramSignature] = r.URL.Query()[paramPreview], r.URL.Query()[paramSignature]
}
