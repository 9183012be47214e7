package sheet

import (
	"archive/zip"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"
)

// How far an archive may unpack: to so many bytes in all, and, beyond a size that any
// list may have, to no more than so many times what it is.
const (
	maxUnpacked   = 4 << 30
	bombFrom      = 64 << 20
	bombRatio     = 200
	encryptedFlag = 1
)

// openArchive opens a ZIP, which a workbook is too. Nothing is ever written under a name
// that the archive chooses, yet one whose names lead outside was made to do harm.
func openArchive(r io.ReaderAt, size int64, o Options) (*Book, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, &Fault{Code: FaultBroken, Detail: "zip"}
	}
	var unpacked uint64
	workbook := false
	for _, f := range z.File {
		name := strings.ReplaceAll(f.Name, `\`, "/")
		if strings.HasPrefix(name, "/") || strings.Contains(name, ":") || strings.HasPrefix(path.Clean(name), "../") || path.Clean(name) == ".." {
			return nil, &Fault{Code: FaultPath}
		}
		if unpacked += f.UncompressedSize64; unpacked > maxUnpacked || unpacked > bombFrom && unpacked > bombRatio*uint64(size) {
			return nil, &Fault{Code: FaultBomb}
		}
		workbook = workbook || strings.EqualFold(name, "xl/workbook.xml")
	}
	if workbook {
		return openWorkbook(r, size, z, o)
	}
	return openZIP(z, o)
}

// openZIP takes the CSV files of an archive for its tables.
func openZIP(z *zip.Reader, o Options) (*Book, error) {
	book := &Book{Kind: ZIP}
	for _, f := range z.File {
		base := path.Base(strings.ReplaceAll(f.Name, `\`, "/"))
		extension := strings.ToLower(path.Ext(base))
		if strings.HasPrefix(base, ".") || strings.Contains(f.Name, "__MACOSX/") || extension != ".csv" && extension != ".txt" && extension != ".tsv" {
			continue
		}
		if f.Flags&encryptedFlag != 0 {
			return nil, &Fault{Code: FaultEncrypted, Part: base}
		}
		if len(book.Parts) == MaxFiles {
			return nil, &Fault{Code: FaultManyFiles, Detail: strconv.Itoa(MaxFiles)}
		}
		part, err := openCSV(f.Name, func() (io.ReadCloser, error) { return unpack(f) }, o)
		var fault *Fault
		if errors.As(err, &fault) && (fault.Code == FaultHeaderOnly || fault.Code == FaultEmpty) {
			continue // an audience that nobody has left has such a file
		}
		if err != nil {
			return nil, err
		}
		book.Parts = append(book.Parts, part)
	}
	if len(book.Parts) == 0 {
		return nil, &Fault{Code: FaultNoTable}
	}
	return book, nil
}

// unpack reads one file of an archive; a damaged one is a Fault.
func unpack(f *zip.File) (io.ReadCloser, error) {
	in, err := f.Open()
	if err != nil {
		return nil, &Fault{Code: FaultBroken, Detail: "zip"}
	}
	return unpacking{in}, nil
}

type unpacking struct{ in io.ReadCloser }

func (u unpacking) Read(p []byte) (int, error) {
	n, err := u.in.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = &Fault{Code: FaultBroken, Detail: "zip"}
	}
	return n, err
}

func (u unpacking) Close() error { return u.in.Close() }
