// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>

#include <fmt/core.h>

#include "runtime/record/key.hpp"
#include "runtime/table/builder.hpp"
#include "runtime/table/table.hpp"

namespace aisle::table {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// The records of a text, one after the other, with their lines. Ends of line are LF or CRLF.
class record_cursor {
 public:
  record_cursor(std::string_view text, const load_options& options)
      : rest_{text},
        csv_{options.format == format::csv},
        separator_{options.csv.separator},
        bytes_max_{options.bounds.record_bytes_max} {}

  [[nodiscard]] bool done() const { return rest_.empty(); }
  /// The line, from 1, at which the last record began.
  [[nodiscard]] std::uint32_t line() const { return line_; }

  /// The next record without its line end. A quote that is not closed within the bound on a record
  /// ends with its first line, so that only that line is lost.
  std::string_view next() {
    line_ = next_line_;
    auto end = line_end(0);
    end = csv_ ? joined_end(end) : end;
    const auto taken = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    next_line_ += 1 + static_cast<std::uint32_t>(std::ranges::count(taken, '\n'));
    return taken.ends_with('\r') ? taken.substr(0, taken.size() - 1) : taken;
  }

 private:
  /// The end of the record whose first line ends at `first`.
  [[nodiscard]] std::size_t joined_end(std::size_t first) const {
    auto end = first;
    bool open = record::csv_record_is_open(rest_.substr(0, end), separator_);
    while (open && end < rest_.size() && end <= bytes_max_) {
      const auto line = end + 1;
      end = line_end(line);
      open = record::csv_record_is_open(rest_.substr(line, end - line), separator_, open);
    }
    return open ? first : end;
  }

  [[nodiscard]] std::size_t line_end(std::size_t from) const {
    return std::min(rest_.find('\n', from), rest_.size());
  }

  std::string_view rest_;
  bool csv_;
  char separator_;
  std::size_t bytes_max_;
  std::uint32_t line_ = 0;
  std::uint32_t next_line_ = 1;
};

class loader {
 public:
  loader(std::string_view text, const std::string& path, std::shared_ptr<const record::contract> by,
         const load_options& options)
      : text_{text}, path_{path}, by_{std::move(by)}, options_{options} {
    text_.remove_prefix(text_.starts_with(byte_order_mark) ? byte_order_mark.size() : 0);
  }

  std::expected<reference, base::diagnostics> load() {
    if (check_contract()) {
      read_rows();
    }
    if (complaints_.empty()) {
      return made_->finish();
    }
    if (given_up()) {
      complaints_.push_back(at(0, "too-many", "too much is wrong; the rest was not read"));
    }
    return std::unexpected{std::move(complaints_)};
  }

 private:
  [[nodiscard]] base::diagnostic at(std::uint32_t line, std::string code,
                                    std::string message) const {
    base::diagnostic d;
    d.path = path_;
    d.line = line;
    d.column = line > 0 ? 1 : 0;
    d.code = std::move(code);
    d.message = std::move(message);
    return d;
  }

  void complain(std::uint32_t line, std::string code, std::string message) {
    complaints_.push_back(at(line, std::move(code), std::move(message)));
  }

  [[nodiscard]] bool given_up() const { return complaints_.size() >= complaints_max; }

  bool check_contract() {
    if (by_->unique_key().empty()) {
      complain(0, "no-key",
               fmt::format("the contract {} has no primaryKey: a table is looked up by it",
                           by_->name()));
    }
    if (!by_->list().empty()) {
      complain(0, "list-in-table",
               fmt::format("the contract {} has a list, and a table's row has none", by_->name()));
    }
    if (text_.size() > table_bytes_max) {
      complain(0, "too-large",
               fmt::format("{} bytes; a table has at most {}", text_.size(), table_bytes_max));
    }
    return complaints_.empty();
  }

  void read_rows() {
    made_.emplace(by_);
    record_cursor records{text_, options_};
    const auto decoder = make_decoder(records);
    if (decoder == nullptr) {
      return;
    }
    record::decoded row;
    while (!records.done() && !given_up()) {
      const auto raw = records.next();
      if (const auto good = decoder->decode(raw, row)) {
        add(row, records.line());
      } else {
        complain_of_row(good.error(), records.line());
      }
      // Constant columns can make a table much larger than its file.
      if (made_->text_bytes() > 2 * table_bytes_max) {
        complain(records.line(), "too-large", "the table's texts are beyond its bound");
        return;
      }
    }
  }

  std::unique_ptr<record::decoder> make_decoder(record_cursor& records) {
    if (options_.format == format::json) {
      return record::make_json_decoder(*by_, options_.bounds);
    }
    if (records.done()) {
      complain(0, "no-header", "the file is empty; a CSV file begins with a header");
      return nullptr;
    }
    auto made = record::make_csv_decoder(*by_, options_.csv, records.next(), options_.bounds);
    if (!made) {
      complain(records.line(), "header", made.error());
      return nullptr;
    }
    return std::move(*made);
  }

  void add(const record::decoded& row, std::uint32_t line) {
    const auto twin = made_->add(row.row());
    if (!twin) {
      lines_.push_back(line);
      return;
    }
    std::string key;
    record::append_event_name(key, *by_, record::row_kind::record, row.row());
    complain(line, "duplicate-key",
             fmt::format("the key {} stands in line {} already", key, lines_[*twin]));
  }

  void complain_of_row(const record::reject& why, std::uint32_t line) {
    std::string code{to_text(why.code)};
    std::ranges::replace(code, '_', '-');
    complain(line, std::move(code),
             why.field.empty() ? why.message : fmt::format("{}: {}", why.field, why.message));
  }

  std::string_view text_;
  const std::string& path_;
  std::shared_ptr<const record::contract> by_;
  const load_options& options_;
  std::optional<builder> made_;
  /// The line of each row, to say where a key stands already.
  std::vector<std::uint32_t> lines_;
  base::diagnostics complaints_;
};

}  // namespace

std::expected<reference, base::diagnostics> parse(std::string_view text, const std::string& path,
                                                  std::shared_ptr<const record::contract> by,
                                                  const load_options& options) {
  return loader{text, path, std::move(by), options}.load();
}

std::expected<reference, base::diagnostics> load(const std::filesystem::path& path,
                                                 std::shared_ptr<const record::contract> by,
                                                 const load_options& options) {
  const auto refused = [&](std::string code, std::string message) {
    base::diagnostic d;
    d.path = path.string();
    d.code = std::move(code);
    d.message = std::move(message);
    return std::unexpected{base::diagnostics{std::move(d)}};
  };
  std::error_code wrong;
  const auto size = std::filesystem::file_size(path, wrong);
  if (wrong) {
    return refused("unreadable", fmt::format("cannot be read: {}", wrong.message()));
  }
  if (size > table_bytes_max) {
    return refused("too-large",
                   fmt::format("{} bytes; a table has at most {}", size, table_bytes_max));
  }
  std::ifstream file{path, std::ios::binary};
  std::string text(size, '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(size))) {
    return refused("unreadable", "cannot be read to its end");
  }
  return parse(text, path.string(), std::move(by), options);
}

}  // namespace aisle::table
