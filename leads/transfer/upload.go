package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

const (
	// MaxUpload is the largest file taken, in bytes.
	MaxUpload = 2 << 30
	// chunkBytes is the size of a piece of a file in the database: one transaction each.
	chunkBytes = 1 << 20
)

// chunk is a piece of a file. The database holds it and not a folder: whichever machine
// reads the file must have it.
type chunk struct {
	bun.BaseModel `bun:"table:import_chunks,alias:chunk"`

	ImportID int64
	No       int64
	Data     []byte
}

// Create takes a file in, piece by piece, and has it read by the workers. Where the plan
// holds for what is found, the dry run follows at once; see Plan.Start for the rest.
func (s *Service) Create(ctx context.Context, name, byWhom string, file io.Reader, plan Plan) (*Import, error) {
	im, err := s.take(ctx, name, byWhom, file)
	if err != nil {
		return nil, err
	}
	return im, s.Received(ctx, im, plan)
}

// take takes a file in. Nobody works on it before Received says that it is whole.
func (s *Service) take(ctx context.Context, name, byWhom string, file io.Reader) (*Import, error) {
	now := s.clock.Now()
	name = path.Base(strings.ReplaceAll(visible(name), `\`, "/"))
	if name == "." || name == "/" || name == "" {
		name = "list"
	}
	if runes := []rune(name); len(runes) > 200 {
		name = string(runes[:200])
	}
	im := &Import{Name: strings.ToValidUTF8(name, "�"), State: Receiving, Plan: Plan{}.filled(), ByWhom: byWhom, CreatedAt: now, UpdatedAt: now}
	if err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewInsert().Model(im).ExcludeColumn("id").Returning("id").Exec(ctx)
		return err
	}); err != nil {
		return nil, fmt.Errorf("import: create: %w", err)
	}
	if err := s.receive(ctx, im, file); err != nil {
		return nil, errors.Join(err, s.discard(context.WithoutCancel(ctx), im.ID))
	}
	return im, nil
}

// Received has the workers read a file that is whole.
func (s *Service) Received(ctx context.Context, im *Import, plan Plan) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		im.State, im.Plan = Reading, plan.filled()
		if _, err := tx.NewUpdate().Model(im).Column("size", "state", "plan").WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("import %d: received: %w", im.ID, err)
		}
		return s.enqueue(ctx, tx, im.ID)
	})
}

// receive writes the pieces.
func (s *Service) receive(ctx context.Context, im *Import, file io.Reader) error {
	buf := make([]byte, chunkBytes)
	for no := int64(0); ; no++ {
		n, err := readFull(file, buf)
		if im.Size += int64(n); im.Size > MaxUpload {
			return fmt.Errorf("import: the file is larger than %d MB: %w", MaxUpload>>20, errs.TooLarge)
		}
		if n > 0 {
			if err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
				_, err := tx.NewInsert().Model(&chunk{ImportID: im.ID, No: no, Data: buf[:n]}).Returning("NULL").Exec(ctx)
				return err
			}); err != nil {
				return fmt.Errorf("import %d: receive: %w", im.ID, err)
			}
		}
		switch {
		case err == io.EOF: // whatever wraps it is a file that broke off
			if im.Size == 0 {
				return errs.Fields{"file": "errors.required"}
			}
			return nil
		case err != nil:
			return fmt.Errorf("import: the file broke off: %w", err)
		}
	}
}

// readFull fills buf as far as the file goes. It is io.EOF where the file ends, and nothing
// but that: a body that broke off says io.ErrUnexpectedEOF, which io.ReadFull says of both.
func readFull(file io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var some int
		some, err = file.Read(buf[n:])
		n += some
	}
	return n, err
}

// chunks reads a file out of its pieces, at any place. It keeps the two pieces that were
// read last.
type chunks struct {
	ctx  context.Context
	idb  bun.IDB
	id   int64
	size int64
	mu   sync.Mutex
	kept [2]*chunk
}

// ReadAt reads as io.ReaderAt asks it to.
func (c *chunks) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		if off >= c.size {
			return n, io.EOF
		}
		piece, err := c.piece(off / chunkBytes)
		if err != nil {
			return n, err
		}
		within := int(off % chunkBytes)
		if within >= len(piece.Data) {
			return n, io.ErrUnexpectedEOF
		}
		copied := copy(p[n:], piece.Data[within:])
		n, off = n+copied, off+int64(copied)
	}
	return n, nil
}

func (c *chunks) piece(no int64) (*chunk, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, kept := range c.kept {
		if kept != nil && kept.No == no {
			c.kept[0], c.kept[i] = c.kept[i], c.kept[0]
			return kept, nil
		}
	}
	piece := new(chunk)
	if err := c.idb.NewSelect().Model(piece).Where("import_id = ?", c.id).Where("no = ?", no).Scan(c.ctx); err != nil {
		return nil, fmt.Errorf("import %d: piece %s: %w", c.id, strconv.FormatInt(no, 10), err)
	}
	c.kept[1], c.kept[0] = c.kept[0], piece
	return piece, nil
}
