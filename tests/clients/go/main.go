// Command load-with-go lists everything, and loads each table, named as share.schema.table:
// load-with-go PROFILE FOLDER [TABLE…]
//
// It prints one JSON object. Of a table it has the version, and the paths of Arrow files below
// FOLDER, one for each data file that the client read; instead of what failed stands an error.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	sharing "github.com/magpierre/go_delta_sharing_client"
)

type listings struct {
	Shares  []string `json:"shares"`
	Schemas []string `json:"schemas"`
	Tables  []string `json:"tables"`
	All     []string `json:"all"`
}

type loaded struct {
	Version int64    `json:"version"`
	Columns []string `json:"columns"`
	Files   []string `json:"files"`
	Changes int      `json:"changes"`
	Error   string   `json:"error,omitempty"`
}

func nameOf(table sharing.Table) string {
	return strings.Join([]string{table.Share, table.Schema, table.Name}, ".")
}

// list walks shares, schemas and tables; pages of two, as far as the client goes on by itself.
func list(ctx context.Context, client sharing.SharingClient) (listings, error) {
	var found listings
	shares, _, err := client.ListShares(ctx, 0, "")
	if err != nil {
		return found, err
	}
	for _, share := range shares {
		found.Shares = append(found.Shares, share.Name)
		schemas, _, err := client.ListSchemas(ctx, share, 0, "")
		if err != nil {
			return found, err
		}
		for _, schema := range schemas {
			found.Schemas = append(found.Schemas, schema.Share+"."+schema.Name)
			for token := ""; ; {
				tables, next, err := client.ListTables(ctx, schema, 2, token)
				if err != nil {
					return found, err
				}
				for _, table := range tables {
					found.Tables = append(found.Tables, nameOf(table))
				}
				if token = next; token == "" {
					break
				}
			}
		}
	}
	all, _, err := client.ListAllTables(ctx, 0, "")
	for _, table := range all {
		found.All = append(found.All, nameOf(table))
	}
	return found, err
}

func write(path string, table arrow.Table) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	writer, err := ipc.NewFileWriter(file, ipc.WithSchema(table.Schema()))
	if err != nil {
		return err
	}
	reader := array.NewTableReader(table, 0)
	defer reader.Release()
	for reader.Next() {
		if err := writer.Write(reader.Record()); err != nil {
			return err
		}
	}
	return writer.Close()
}

func load(ctx context.Context, client sharing.SharingClient, table sharing.Table, folder string) (loaded, error) {
	var out loaded
	var err error
	if out.Version, err = client.GetTableVersion(ctx, table); err != nil {
		return out, err
	}
	metadata, err := client.GetTableMetadata(ctx, table)
	if err != nil {
		return out, err
	}
	schema, err := metadata.GetSparkSchema()
	if err != nil {
		return out, err
	}
	for _, field := range schema.Fields {
		out.Columns = append(out.Columns, field.Name)
	}
	files, err := client.ListFilesInTable(ctx, table)
	if err != nil {
		return out, err
	}
	for number, file := range files.AddFiles {
		rows, err := client.ReadFileUrlToArrowTable(ctx, file.Url)
		if err != nil {
			return out, err
		}
		path := filepath.Join(folder, fmt.Sprintf("%s.%d.arrow", nameOf(table), number))
		if err := write(path, rows); err != nil {
			return out, err
		}
		rows.Release()
		out.Files = append(out.Files, path)
	}
	first := int64(0)
	if changes, err := client.ListTableChanges(ctx, table, sharing.CdfOptions{StartingVersion: &first}); err == nil {
		out.Changes = len(changes.Action.Add) + len(changes.Action.Cdf) + len(changes.Action.Remove)
	}
	return out, nil
}

func run(arguments []string) error {
	if len(arguments) < 2 {
		return fmt.Errorf("usage: load-with-go PROFILE FOLDER [TABLE…]")
	}
	ctx := context.Background()
	client, err := sharing.NewSharingClient(arguments[0])
	if err != nil {
		return err
	}
	found, err := list(ctx, client)
	if err != nil {
		return err
	}
	tables := map[string]loaded{}
	for _, name := range arguments[2:] {
		parts := strings.SplitN(name, ".", 3)
		table := sharing.Table{Share: parts[0], Schema: parts[1], Name: parts[2]}
		result, err := load(ctx, client, table, arguments[1])
		if err != nil {
			result.Error = err.Error()
		}
		tables[name] = result
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"listings": found, "tables": tables})
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
