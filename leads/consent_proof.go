package leads

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"fmt"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// proofKind names the document, so that what it says can change one day.
const proofKind = "sarnakh.consent-proof/1"

// Proof is all that a person agreed to and took back, signed: whoever holds it can have
// it verified here later, however it travelled.
type Proof struct {
	Payload   ProofPayload `json:"payload"`
	Signature string       `json:"signature"`
}

// ProofPayload is what a proof says.
type ProofPayload struct {
	Kind     string          `json:"kind"`
	IssuedAt time.Time       `json:"issued_at"`
	Issuer   string          `json:"issuer"` // under which address we are reached
	Person   ProofPerson     `json:"person"`
	Now      []*ConsentState `json:"now"`
	Acts     []*Consent      `json:"acts"` // the newest first
}

// ProofPerson is whom a proof is about.
type ProofPerson struct {
	LeadID     int64   `json:"lead_id"`
	MergedIDs  []int64 `json:"merged_ids"` // leads that turned out to be this one
	Name       string  `json:"name"`
	Email      string  `json:"email"`
	Phone      string  `json:"phone"`
	ExternalID string  `json:"external_id"`
}

// mostActs bounds a proof; nobody agrees so often.
const mostActs = 10_000

// ConsentProof gathers and signs what the person that a lead stands for agreed to.
func (s *Service) ConsentProof(ctx context.Context, id int64, issuer string) (*Proof, error) {
	p, err := s.Person(ctx, s.db.Read(), id)
	if err != nil {
		return nil, err
	}
	proof := &Proof{Payload: ProofPayload{Kind: proofKind, IssuedAt: s.clock.Now().UTC().Truncate(time.Second), Issuer: issuer, Person: ProofPerson{
		LeadID: p.Lead.ID, MergedIDs: p.IDs()[1:], Name: p.Lead.Name(), Email: p.Lead.Email, Phone: p.Lead.Phone, ExternalID: p.Lead.ExternalID,
	}}}
	if proof.Payload.Now, err = s.ConsentStates(ctx, s.db.Read(), p.Lead.ID); err != nil {
		return nil, err
	}
	acts, _, err := s.consentsBefore(ctx, s.db.Read(), p.Lead.ID, 0, mostActs)
	if err != nil {
		return nil, err
	}
	proof.Payload.Acts, proof.Payload.Now = orEmpty(acts), orEmpty(proof.Payload.Now)
	text, err := canonical(proof.Payload)
	if err != nil {
		return nil, err
	}
	proof.Signature = s.signer().Hash(proofKind, text)
	return proof, nil
}

// ValidProof says whether a proof is one of ours, as it was given out; payload is what was
// read of its JSON.
func (s *Service) ValidProof(payload any, signature string) (bool, error) {
	text, err := canonical(payload)
	if err != nil {
		return false, err
	}
	return hmac.Equal([]byte(s.signer().Hash(proofKind, text)), []byte(signature)), nil
}

// canonical is a document as it is signed: its JSON with sorted keys and no spaces, the
// same whichever way it was written down in between.
func canonical(document any) (string, error) {
	raw, err := json.Marshal(document)
	if err != nil {
		return "", fmt.Errorf("proof: %w", err)
	}
	var plain any
	if err := json.Unmarshal(raw, &plain); err != nil {
		return "", errs.Fields{"payload": "errors.json"}
	}
	if raw, err = json.Marshal(plain); err != nil {
		return "", fmt.Errorf("proof: %w", err)
	}
	return string(raw), nil
}
