// Package sheet reads the tables that people bring along: CSV in whatever encoding and
// with whatever delimiter, Excel workbooks, and ZIP archives of CSV files. It hands out
// one row at a time, says of each row that cannot be read why not, and never holds more
// than a row, however large or hostile the file is.
package sheet
