package leads

import "github.com/sarnakh/sarnakh/internal/secure"

// privacy is what merging, erasing and handing out go by.
type privacy struct {
	holdings []Holding
	erasers  []Eraser
	signer   *secure.Signer
}

// SetSigner has proofs of consent signed, and erased people marked, with the
// installation's secret. Call it before anything is served; without it the secret is
// empty, which is for tests alone.
func (s *Service) SetSigner(signer *secure.Signer) { s.privacy.signer = signer }

func (s *Service) signer() *secure.Signer {
	if s.privacy.signer == nil {
		return secure.NewSigner(nil)
	}
	return s.privacy.signer
}
