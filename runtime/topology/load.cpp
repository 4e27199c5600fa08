// SPDX-License-Identifier: Apache-2.0
#include "runtime/topology/load.hpp"

#include <algorithm>
#include <fstream>
#include <memory>

#include <fmt/core.h>

namespace aisle::topology {
namespace {

base::diagnostics unreadable(const std::filesystem::path& file, std::string_view why) {
  base::diagnostic d;
  d.path = file.string();
  d.code = "unreadable";
  d.message = why;
  return {std::move(d)};
}

}  // namespace

std::expected<std::string, base::diagnostics> read_text(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) {
    return std::unexpected{unreadable(file, "there is no such file")};
  }
  if (!std::filesystem::is_regular_file(file, ignored)) {
    return std::unexpected{unreadable(file, "it is no file")};
  }
  std::ifstream in{file, std::ios::binary};
  std::string text(base::yaml_bytes_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (in.fail() && !in.eof())) {
    return std::unexpected{unreadable(file, "it cannot be read")};
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

std::optional<spec> parse(std::string text, std::string path, const options& with,
                          base::diagnostics& complaints) {
  auto parsed = base::parse_yaml(std::move(text), std::move(path));
  if (!parsed) {
    std::ranges::move(parsed.error(), std::back_inserter(complaints));
    return std::nullopt;
  }
  auto document = std::make_shared<base::yaml_document>(std::move(*parsed));
  const auto unset = with.inputs == inputs::must_exist ? unset_vars::are_errors : unset_vars::stay;
  auto origins = put_in_vars(*document, with.set, unset, complaints);
  return read_spec(std::move(document), std::move(origins), complaints);
}

std::expected<plan, base::diagnostics> load_text(std::string text,
                                                 const std::filesystem::path& file,
                                                 const options& with,
                                                 const entity::catalog& models) {
  base::diagnostics complaints;
  const auto spec = parse(std::move(text), file.string(), with, complaints);
  if (!spec) {
    return std::unexpected{std::move(complaints)};
  }
  auto made = make_plan(*spec, file, with, models, complaints);
  if (!complaints.empty()) {
    base::sort_by_place(complaints, file.string());
    return std::unexpected{std::move(complaints)};
  }
  return made;
}

std::expected<plan, base::diagnostics> load(const std::filesystem::path& file, const options& with,
                                            const entity::catalog& models) {
  auto text = read_text(file);
  if (!text) {
    return std::unexpected{std::move(text.error())};
  }
  return load_text(std::move(*text), file, with, models);
}

}  // namespace aisle::topology
