package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// ID reads the {id} of the path; anything but a positive whole number is NotFound.
func ID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, fmt.Errorf("page %s: %w", r.URL.Path, errs.NotFound)
	}
	return id, nil
}

// Redirect sends the browser on with 303, so that reloading repeats nothing.
func Redirect(w http.ResponseWriter, r *http.Request, format string, args ...any) error {
	http.Redirect(w, r, fmt.Sprintf(format, args...), http.StatusSeeOther)
	return nil
}

// JSON writes v.
func JSON(w http.ResponseWriter, status int, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, err = w.Write(append(raw, '\n'))
	return err
}

func badForm(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return errs.Fields{"body": "errors.form"}
}

// ParseForm reads a posted form of either kind of encoding.
func ParseForm(r *http.Request) error {
	var err error
	switch kind := r.Header.Get("Content-Type"); {
	case strings.HasPrefix(kind, "multipart/form-data"):
		err = r.ParseMultipartForm(1 << 20)
	case kind == "" || strings.HasPrefix(kind, "application/x-www-form-urlencoded"):
		err = r.ParseForm()
	default:
		return fmt.Errorf("content type %q: %w", kind, errs.Unsupported)
	}
	if err != nil {
		return badForm(err)
	}
	return nil
}

// ClientIP is the address a request came from. A proxy on this machine may name it
// in X-Forwarded-For; nobody else is believed.
func ClientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		forwarded := r.Header.Get("X-Forwarded-For")
		last := strings.TrimSpace(forwarded[strings.LastIndexByte(forwarded, ',')+1:])
		if net.ParseIP(last) != nil {
			return last
		}
	}
	return host
}
