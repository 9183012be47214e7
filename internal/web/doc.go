// Package web is the frame that every page and API answer goes through: who may
// ask, what an error becomes, how a page is dressed.
package web
