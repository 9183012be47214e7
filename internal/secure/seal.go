package secure

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
)

// errSealed is what Open returns for all that Seal has not made: no more than that is
// told.
var errSealed = errors.New("secure: this was not sealed here, or for something else")

// Seal makes bytes unreadable to whoever has them without the secret: what must be
// stored for a while and is nobody's business. name says what the bytes belong to;
// they open under the same purpose and name only.
func (s *Signer) Seal(purpose, name string, plain []byte) []byte {
	return s.sealer(purpose, name).Seal(nil, nil, plain, nil)
}

// Open returns what was sealed.
func (s *Signer) Open(purpose, name string, sealed []byte) ([]byte, error) {
	plain, err := s.sealer(purpose, name).Open(nil, nil, sealed, nil)
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

// sealer is AES-256 in Galois counter mode under a key of the name's own, with a nonce
// drawn for each message.
func (s *Signer) sealer(purpose, name string) cipher.AEAD {
	block, err := aes.NewCipher(s.sum("seal "+purpose, name))
	if err != nil {
		panic(err) // the key has 32 bytes
	}
	sealer, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // of AES it can be made
	}
	return sealer
}
