"""Prints what was measured as tables of Markdown."""


def print_table(title, columns, rows):
    texts = [columns] + rows
    widths = [max(len(row[i]) for row in texts) for i in range(len(columns))]
    rule = ["-" * (widths[0] + 2)] + ["-" * (width + 1) + ":" for width in widths[1:]]
    print(f"\n{title}\n")
    for number, row in enumerate(texts):
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("| " + " | ".join([row[0].ljust(widths[0])] + cells) + " |")
        if number == 0:
            print("|" + "|".join(rule) + "|")
