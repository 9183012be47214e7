package sheet

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// The encodings that CSV files come in.
const (
	UTF8        = "utf-8"
	UTF8BOM     = "utf-8-bom"
	UTF16LE     = "utf-16le"
	UTF16BE     = "utf-16be"
	Windows1256 = "windows-1256" // Persian and Arabic
	Windows1252 = "windows-1252" // Western Europe
)

// Encodings lists them, for a page that lets a person choose.
var Encodings = []string{UTF8, UTF8BOM, UTF16LE, UTF16BE, Windows1256, Windows1252}

var (
	bomUTF8    = []byte{0xEF, 0xBB, 0xBF}
	bomUTF16LE = []byte{0xFF, 0xFE}
	bomUTF16BE = []byte{0xFE, 0xFF}
)

// detect reads a text to its end and says in which encoding it is. A mark at the
// beginning decides; else the zeros of UTF-16, else whether it is UTF-8 throughout. What
// is left is one of the two Windows pages, told apart by their letters: in Persian and
// Arabic they stand side by side, in Western text an accented one stands alone.
func detect(r io.Reader) (string, error) {
	var c census
	buf := make([]byte, 64<<10)
	for first := true; ; first = false {
		n, err := io.ReadFull(r, buf)
		if first {
			switch head := buf[:n]; {
			case bytes.HasPrefix(head, bomUTF8):
				return UTF8BOM, nil
			case bytes.HasPrefix(head, bomUTF16LE):
				return UTF16LE, nil
			case bytes.HasPrefix(head, bomUTF16BE):
				return UTF16BE, nil
			}
			if name := zeros(buf[:n]); name != "" {
				return name, nil
			}
		}
		c.add(buf[:n])
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return c.verdict(), nil
		}
		if err != nil {
			return "", err
		}
	}
}

// zeros recognises UTF-16 without a mark: in the text of a table every other byte of
// commas, digits and Latin letters is zero, always on the same side.
func zeros(head []byte) string {
	var even, odd int
	for i, b := range head {
		if b == 0 {
			if i%2 == 0 {
				even++
			} else {
				odd++
			}
		}
	}
	switch quarter := len(head) / 8; {
	case odd > quarter && even <= odd/20:
		return UTF16LE
	case even > quarter && odd <= even/20:
		return UTF16BE
	}
	return ""
}

// census counts what tells encodings without a mark apart.
type census struct {
	carry   []byte // the beginning of a letter whose end is in the next piece
	letters int    // whole letters of UTF-8 beyond ASCII
	broken  int    // bytes that are no part of one
	high    int    // bytes beyond ASCII
	paired  int    // of those, with another right before
	last    byte
}

func (c *census) add(piece []byte) {
	for _, b := range piece {
		if b >= 0x80 {
			c.high++
			if c.last >= 0x80 {
				c.paired++
			}
		}
		c.last = b
	}
	if len(c.carry) > 0 {
		piece = append(c.carry, piece...)
		c.carry = nil
	}
	for i := 0; i < len(piece); {
		if piece[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(piece[i:])
		switch {
		case r != utf8.RuneError || size > 1:
			c.letters++
		case !utf8.FullRune(piece[i:]):
			c.carry = bytes.Clone(piece[i:])
			return
		default:
			c.broken++
		}
		i += size
	}
}

func (c *census) verdict() string {
	broken := c.broken + len(c.carry)
	switch {
	case broken == 0, c.letters > 20*broken:
		return UTF8 // a few damaged letters do not make it another encoding
	case 10*c.paired >= 4*c.high:
		return Windows1256
	}
	return Windows1252
}

// decoder reads a text of the encoding as UTF-8, without the mark at its beginning.
func decoder(r io.Reader, name string) (io.Reader, error) {
	var e encoding.Encoding
	switch strings.ToLower(name) {
	case UTF8, UTF8BOM:
		return skipMark(r)
	case UTF16LE:
		e = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case UTF16BE:
		e = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case Windows1256:
		e = charmap.Windows1256
	case Windows1252:
		e = charmap.Windows1252
	default:
		return nil, &Fault{Code: FaultEncoding, Detail: name}
	}
	return e.NewDecoder().Reader(r), nil
}

func skipMark(r io.Reader) (io.Reader, error) {
	head := make([]byte, len(bomUTF8))
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	if bytes.Equal(head[:n], bomUTF8) {
		return r, nil
	}
	return io.MultiReader(bytes.NewReader(head[:n]), r), nil
}
