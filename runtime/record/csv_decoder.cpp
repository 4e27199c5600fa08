// SPDX-License-Identifier: Apache-2.0
// 1. The header and the options are bound once: every field of the contract gets its column, its
// constant or its
//    expression (class csv_binding).
// 2. A record is split into cells, the cells are read by the fields' rules, then constants and
// expressions follow.
// 3. The row is checked as a whole, as a JSON record is.
#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/core.h>
#include <simdjson.h>

#include "runtime/base/diagnostic.hpp"
#include "runtime/record/compiled.hpp"
#include "runtime/record/csv.hpp"
#include "runtime/record/csv_cells.hpp"
#include "runtime/record/row_writer.hpp"

namespace aisle::record {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// A field and the column it is read from.
struct read_field {
  std::size_t place = 0;
  std::size_t column = 0;
};

/// A field with the same value in every record.
struct constant_field {
  std::size_t place = 0;
  /// Empty for a value that is no text.
  std::string text;
  std::uint64_t word = 0;
};

struct derived_field {
  std::size_t place = 0;
  expr::program program;
};

/// Where every field of a contract comes from.
struct csv_plan {
  std::size_t columns = 0;
  std::vector<read_field> read;
  std::vector<constant_field> constants;
  std::vector<derived_field> derived;
  /// Texts of a record of n bytes take at most n × this, and the bytes below.
  std::size_t text_copies = 1;
  std::size_t fixed_text_bytes = 0;
};

std::string joined(std::span<const std::string> names) {
  std::string all;
  for (const auto& name : names) {
    all += all.empty() ? name : ", " + name;
  }
  return all;
}

/// Binds header and options to a contract. The first misfit ends it, with a message.
class csv_binding {
 public:
  csv_binding(const contract::impl& by, const csv_options& options, std::string_view header)
      : by_{by}, options_{options}, bound_(by.record.fields.size()) {
    header.remove_prefix(header.starts_with(byte_order_mark) ? byte_order_mark.size() : 0);
    csv_cells cells{options.separator};
    if (const auto split = cells.split(header); !split) {
      wrong_ = fmt::format("the header is no CSV: {}", split.error());
      return;
    }
    columns_.assign(cells.cells().begin(), cells.cells().end());
    made_.columns = columns_.size();
  }

  std::expected<csv_plan, std::string> bind() {
    if (wrong_.empty()) {
      bind_fields();
    }
    if (!wrong_.empty()) {
      return std::unexpected{std::move(wrong_)};
    }
    return std::move(made_);
  }

 private:
  void bind_fields() {
    for (const auto& [name, column] : options_.columns) {
      bind_column(name, column);
    }
    for (const auto& [name, text] : options_.constants) {
      bind_constant(name, text);
    }
    for (const auto& [name, text] : options_.derived) {
      claim(name);
    }
    bind_by_name();
    for (const auto& [name, text] : options_.derived) {
      bind_derived(name, text);
    }
    check_list();
  }

  void fail(std::string what) {
    if (wrong_.empty()) {
      wrong_ = std::move(what);
    }
  }

  [[nodiscard]] const std::vector<field>& fields() const { return by_.record_layout.fields(); }

  /// The place of a field an option names, which no other option may name too.
  std::optional<std::size_t> claim(const std::string& name) {
    const auto place = by_.record_layout.find(name);
    if (!place) {
      std::vector<std::string> names;
      for (const auto& f : fields()) {
        names.push_back(f.name);
      }
      const auto meant = base::nearest(name, names);
      fail(fmt::format("the contract {} has no field \"{}\"{}", by_.name, name,
                       meant.empty() ? "" : fmt::format("; did you mean \"{}\"?", meant)));
      return std::nullopt;
    }
    if (bound_[*place]) {
      fail(fmt::format("\"{}\" is given twice: as a column, a constant or derived", name));
    }
    bound_[*place] = true;
    return place;
  }

  std::optional<std::size_t> column_of(const std::string& name) {
    const auto found = std::ranges::find(columns_, name);
    if (found == columns_.end()) {
      return std::nullopt;
    }
    if (std::find(found + 1, columns_.end(), name) != columns_.end()) {
      fail(fmt::format("the header has two columns \"{}\"", name));
    }
    return static_cast<std::size_t>(found - columns_.begin());
  }

  [[nodiscard]] std::string without(const std::string& column) const {
    const auto meant = base::nearest(column, columns_);
    return fmt::format("there is no column \"{}\"{}; the header has {}", column,
                       meant.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", meant),
                       joined(columns_));
  }

  void bind_column(const std::string& name, const std::string& column) {
    const auto place = claim(name);
    const auto at = column_of(column);
    if (!at) {
      fail(without(column));
    }
    if (place && at) {
      made_.read.push_back({*place, *at});
    }
  }

  void bind_constant(const std::string& name, const std::string& text) {
    const auto place = claim(name);
    if (!place) {
      return;
    }
    const auto& rule = by_.record.fields[*place];
    constant_field made{*place, {}, 0};
    std::optional<reject_code> wrong;
    if (rule.type.kind == base::kind::string) {
      made.text = text;
      wrong = check_text(rule, text);
    } else {
      std::uint32_t rounded = 0;
      const auto word = read_word(rule, text, rounded);
      made.word = word.value_or(0);
      wrong = word ? std::nullopt : std::optional{word.error()};
    }
    if (wrong) {
      fail(fmt::format("\"{}\" cannot be the constant of \"{}\": expected {}", text, name,
                       expectation(rule)));
    }
    made_.fixed_text_bytes += made.text.size();
    made_.constants.push_back(std::move(made));
  }

  /// Fields no option speaks of come from the column of their own name, if there is one.
  void bind_by_name() {
    for (std::size_t place = 0; place < bound_.size(); ++place) {
      const auto& rule = by_.record.fields[place];
      if (bound_[place]) {
        continue;
      }
      if (const auto at = column_of(rule.column)) {
        made_.read.push_back({place, *at});
      } else if (rule.required) {
        fail(fmt::format("the contract requires \"{}\", and {}", rule.name, without(rule.column)));
      }
    }
    std::ranges::sort(made_.read, {}, &read_field::place);
  }

  void bind_derived(const std::string& name, const std::string& text) {
    const auto place = by_.record_layout.find(name);
    if (!place) {
      return;
    }
    auto program = expr::compile(text, scope_of_derived());
    if (!program) {
      const auto& wrong = program.error();
      fail(fmt::format(
          "\"{}\" is derived by \"{}\": {} at character {}{}", name, text, wrong.message,
          wrong.begin + 1,
          wrong.suggestion.empty() ? "" : fmt::format("; did you mean \"{}\"?", wrong.suggestion)));
      return;
    }
    const auto& rule = by_.record.fields[*place];
    if (!converts(program->type(), rule)) {
      fail(fmt::format("\"{}\" is derived by \"{}\", a {}, but must be {}", name, text,
                       to_text(program->type()), expectation(rule)));
      return;
    }
    if (rule.type.kind == base::kind::string) {
      ++made_.text_copies;
      made_.fixed_text_bytes += text.size();
    }
    made_.derived.push_back({*place, std::move(*program)});
  }

  /// Expressions see what comes from columns and constants.
  [[nodiscard]] expr::scope scope_of_derived() const {
    std::vector<expr::binding> names;
    const auto add = [&](std::size_t place) {
      names.push_back(
          {fields()[place].name, {0, static_cast<std::uint8_t>(place), fields()[place].type}});
    };
    std::ranges::for_each(made_.read, add, &read_field::place);
    std::ranges::for_each(made_.constants, add, &constant_field::place);
    return expr::scope{std::move(names)};
  }

  void check_list() {
    if (by_.list_required) {
      fail(fmt::format("the contract {} requires the list \"{}\", and CSV has no lists", by_.name,
                       by_.list));
    }
  }

  const contract::impl& by_;
  const csv_options& options_;
  std::vector<std::string> columns_;
  /// Per field: an option speaks of it.
  std::vector<bool> bound_;
  csv_plan made_;
  std::string wrong_;
};

class csv_decoder final : public decoder {
 public:
  csv_decoder(const contract::impl& by, csv_plan plan, char separator, limits bounds)
      : by_{by}, plan_{std::move(plan)}, bounds_{bounds}, cells_{separator} {}

  std::expected<outcome, reject> decode(std::string_view raw, decoded& into) override {
    if (auto good = decode_row(raw, into); !good) {
      return std::unexpected{std::move(good.error())};
    }
    return outcome::event;
  }

 private:
  std::expected<void, reject> decode_row(std::string_view raw, decoded& into) {
    if (auto split = split_record(raw); !split) {
      return split;
    }
    row_writer to{into, by_, raw.size() * plan_.text_copies + plan_.fixed_text_bytes};
    for (const auto& [place, column] : plan_.read) {
      if (auto read = read_cell(place, cells_.cells()[column], to); !read) {
        return read;
      }
    }
    for (const auto& constant : plan_.constants) {
      const bool is_text = by_.record.fields[constant.place].type.kind == base::kind::string;
      row_writer::set(to.row(), constant.place,
                      is_text ? put_text(constant.text, to) : constant.word);
    }
    for (const auto& derived : plan_.derived) {
      if (auto made = derive(derived, into, to); !made) {
        return made;
      }
    }
    return check_row(by_.record, into.row());
  }

  std::expected<void, reject> split_record(std::string_view raw) {
    const auto refused = [](reject_code code, std::string message) {
      return std::unexpected{reject{code, {}, std::move(message)}};
    };
    if (raw.size() > bounds_.record_bytes_max) {
      return refused(reject_code::too_large,
                     fmt::format("{} bytes, at most {}", raw.size(), bounds_.record_bytes_max));
    }
    if (raw.find_first_not_of(" \t\r\n") == std::string_view::npos) {
      return refused(reject_code::empty, "no record in this line");
    }
    if (!simdjson::validate_utf8(raw.data(), raw.size())) {
      return refused(reject_code::malformed, "not UTF-8");
    }
    if (auto split = cells_.split(raw); !split) {
      return refused(reject_code::malformed, std::move(split.error()));
    }
    if (cells_.cells().size() != plan_.columns) {
      return refused(reject_code::columns, fmt::format("{} columns, the header has {}",
                                                       cells_.cells().size(), plan_.columns));
    }
    return {};
  }

  std::expected<void, reject> read_cell(std::size_t place, std::string_view cell, row_writer& to) {
    if (cell.empty()) {
      return {};
    }
    const auto& rule = by_.record.fields[place];
    if (rule.type.kind == base::kind::string) {
      if (const auto wrong = check_text(rule, cell)) [[unlikely]] {
        return std::unexpected{refuse(rule, rule.name, *wrong, cell)};
      }
      row_writer::set(to.row(), place, put_text(cell, to));
      return {};
    }
    const auto word = read_word(rule, cell, to.rounded());
    if (!word) [[unlikely]] {
      return std::unexpected{refuse(rule, rule.name, word.error(), cell)};
    }
    row_writer::set(to.row(), place, *word);
    return {};
  }

  static std::uint64_t put_text(std::string_view text, row_writer& to) {
    std::memcpy(to.text_end(), text.data(), text.size());
    return to.keep_text(text.size());
  }

  std::expected<void, reject> derive(const derived_field& derived, const decoded& into,
                                     row_writer& to) {
    const auto& rule = by_.record.fields[derived.place];
    const std::array rows{into.row()};
    const auto computed = derived.program.evaluate(rows);
    if (!computed) {
      return std::unexpected{
          reject{reject_code::out_of_range, rule.name,
                 fmt::format("cannot be derived: {}", to_text(computed.error()))}};
    }
    if (computed->is_null()) {
      return {};
    }
    if (rule.type.kind == base::kind::string) {
      return read_cell(derived.place, computed->as_string(), to);
    }
    const auto word = word_of(rule, *computed, to.rounded());
    if (!word) {
      return std::unexpected{refuse(rule, rule.name, word.error(), "a derived value")};
    }
    row_writer::set(to.row(), derived.place, *word);
    return {};
  }

  const contract::impl& by_;
  csv_plan plan_;
  limits bounds_;
  csv_cells cells_;
};

}  // namespace

std::expected<std::unique_ptr<decoder>, std::string> make_csv_decoder(const contract& by,
                                                                      const csv_options& options,
                                                                      std::string_view header,
                                                                      limits bounds) {
  auto plan = csv_binding{by.compiled(), options, header}.bind();
  if (!plan) {
    return std::unexpected{std::move(plan.error())};
  }
  return std::make_unique<csv_decoder>(by.compiled(), std::move(*plan), options.separator, bounds);
}

}  // namespace aisle::record
