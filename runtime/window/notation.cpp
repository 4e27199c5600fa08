// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/core.h>

#include "runtime/base/diagnostic.hpp"
#include "runtime/window/window.hpp"

namespace aisle::window {
namespace {

using expr::errc;

struct word {
  std::string_view name;
  window::function function;
};
constexpr std::array words{word{"count", function::count},       word{"sum", function::sum},
                           word{"mean", function::mean},         word{"min", function::min},
                           word{"max", function::max},           word{"stddev", function::stddev},
                           word{"quantile", function::quantile}, word{"first", function::first},
                           word{"last", function::last}};

constexpr std::string_view all_words =
    "count(), count(x), sum(x), mean(x), min(x), max(x), stddev(x), quantile(x, 0.95), first(x), "
    "last(x)";

constexpr std::string_view blanks = " \t\r\n";

/// A part of the text, without the blanks around it.
struct part {
  std::string_view text;
  std::size_t begin = 0;

  [[nodiscard]] std::size_t end() const { return begin + text.size(); }
  [[nodiscard]] part trimmed() const {
    const auto first = std::min(text.find_first_not_of(blanks), text.size());
    const auto last = text.find_last_not_of(blanks);
    const auto size = last == std::string_view::npos ? 0 : last + 1 - first;
    return {text.substr(first, size), begin + first};
  }
};

std::unexpected<expr::diagnostic> refuse(errc code, const part& at, std::string message,
                                         std::string expected = {}, std::string suggestion = {}) {
  return std::unexpected{expr::diagnostic{code, at.begin, at.end(), std::move(message),
                                          std::move(expected), std::move(suggestion)}};
}

/// Cuts at commas, and stops at the parenthesis that closes: both only outside of quotes and
/// parentheses.
class splitter {
 public:
  /// `text` begins behind the opening parenthesis.
  explicit splitter(const part& text) : text_{text} {}

  /// False when no parenthesis closes.
  bool run() {
    std::size_t depth = 0;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < text_.text.size(); ++i) {
      const char c = text_.text[i];
      if (c == '"' || c == '\'' || c == '`') {
        i = end_of_quoted(i);
      } else if (c == '(') {
        ++depth;
      } else if (c == ')' && depth == 0) {
        take(begin, i);
        rest_ = part{text_.text.substr(i + 1), text_.begin + i + 1}.trimmed();
        return true;
      } else if (c == ')') {
        --depth;
      } else if (c == ',' && depth == 0) {
        take(begin, i);
        begin = i + 1;
      }
    }
    return false;
  }

  [[nodiscard]] const std::vector<part>& arguments() const { return arguments_; }
  /// What follows the parenthesis.
  [[nodiscard]] const part& rest() const { return rest_; }

 private:
  [[nodiscard]] std::size_t end_of_quoted(std::size_t i) const {
    const char quote = text_.text[i];
    for (++i; i < text_.text.size() && text_.text[i] != quote; ++i) {
      const bool escapes = text_.text[i] == '\\' && quote != '`';
      i += escapes ? 1U : 0U;
    }
    return i;
  }
  void take(std::size_t begin, std::size_t end) {
    arguments_.push_back(
        part{text_.text.substr(begin, end - begin), text_.begin + begin}.trimmed());
  }

  part text_;
  std::vector<part> arguments_;
  part rest_;
};

using outcome = std::expected<written_aggregate, expr::diagnostic>;

outcome with_quantile(written_aggregate made, const part& q) {
  const auto* end = q.text.data() + q.text.size();
  const auto read = std::from_chars(q.text.data(), end, made.q);
  if (q.text.empty() || read.ec != std::errc{} || read.ptr != end ||
      !(made.q >= 0 && made.q <= 1)) {
    return refuse(errc::out_of_range, q, fmt::format("`{}` is no quantile", q.text),
                  "a number from 0 to 1, as in quantile(x, 0.95)");
  }
  return made;
}

outcome with_arguments(window::function function, const part& name,
                       const std::vector<part>& arguments) {
  const bool none = arguments.size() == 1 && arguments[0].text.empty();
  if (none && function == function::count) {
    return written_aggregate{function, {}, arguments[0].begin, 0.5};
  }
  for (const auto& a : arguments) {
    if (a.text.empty()) {
      return refuse(errc::syntax, name,
                    fmt::format("`{}` lacks what it is to aggregate", name.text),
                    std::string{all_words});
    }
  }
  const std::size_t wanted = function == function::quantile ? 2 : 1;
  if (arguments.size() > wanted) {
    return refuse(errc::syntax, arguments[wanted],
                  fmt::format("`{}` takes {} and no more", name.text,
                              wanted == 1 ? "one expression" : "an expression and a quantile"));
  }
  if (arguments.size() < wanted) {
    return refuse(errc::syntax, name, "`quantile` lacks the quantile", "quantile(x, 0.95)");
  }
  const written_aggregate made{function, arguments[0].text, arguments[0].begin, 0.5};
  return wanted == 2 ? with_quantile(made, arguments[1]) : made;
}

}  // namespace

std::string_view to_text(function f) {
  const auto found = std::ranges::find(words, f, &word::function);
  return found == words.end() ? std::string_view{} : found->name;
}

outcome parse_aggregate(std::string_view text) {
  const auto whole = part{text, 0}.trimmed();
  const auto open = whole.text.find('(');
  const auto name = part{whole.text.substr(0, open), whole.begin}.trimmed();
  const auto found = std::ranges::find(words, name.text, &word::name);
  if (found == words.end()) {
    std::vector<std::string> known(words.size());
    std::ranges::transform(words, known.begin(), [](const word& w) { return std::string{w.name}; });
    return refuse(errc::unknown_name, name,
                  name.text.empty() ? "an aggregate begins with its name"
                                    : fmt::format("there is no aggregate `{}`", name.text),
                  std::string{all_words}, base::nearest(name.text, known));
  }
  if (open == std::string_view::npos) {
    return refuse(errc::syntax, name, fmt::format("`{}` lacks its parentheses", name.text),
                  std::string{all_words});
  }
  splitter inside{{whole.text.substr(open + 1), whole.begin + open + 1}};
  if (!inside.run()) {
    return refuse(errc::syntax, {whole.text.substr(open, 1), whole.begin + open},
                  "the parenthesis is not closed", ")");
  }
  if (!inside.rest().text.empty()) {
    return refuse(errc::syntax, inside.rest(), "nothing may follow the aggregate",
                  "arithmetic stands inside: sum(x * 2)");
  }
  return with_arguments(found->function, name, inside.arguments());
}

}  // namespace aisle::window
