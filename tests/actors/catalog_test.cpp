// SPDX-License-Identifier: Apache-2.0
#include "actors/catalog.hpp"

#include <set>
#include <string>

#include <doctest/doctest.h>

#include "tests/actors/stage_fixtures.hpp"

namespace {

using namespace aisle;
using namespace aisle::test;
using entity::parameter_kind;

TEST_CASE("no two models share section, family and name, and no model repeats a parameter") {
  std::set<std::string> models;
  const auto catalog = shop::make_catalog();
  for (const auto& m : catalog.models()) {
    CAPTURE(m.name);
    const auto place = std::to_string(static_cast<int>(m.section)) + m.family + '/' + m.name;
    CHECK(models.insert(place).second);
    std::set<std::string> parameters;
    for (const auto& p : m.parameters) {
      CHECK(parameters.insert(p.name).second);
    }
    CHECK(!parameters.contains(m.family));
  }
  CHECK(models.size() == 9);
}

TEST_CASE("every model says in a sentence what it is, and so does each of its parameters") {
  const auto catalog = shop::make_catalog();
  for (const auto& m : catalog.models()) {
    CAPTURE(m.name);
    CHECK(m.summary.size() > 20);
    CHECK(!m.summary.ends_with('.'));
    for (const auto& p : m.parameters) {
      CAPTURE(p.name);
      CHECK(p.summary.size() > 8);
      CHECK(!(p.required && !p.fallback.empty()));
    }
  }
}

TEST_CASE("a decision has codes, everything else has none") {
  const auto catalog = shop::make_catalog();
  for (const auto& m : catalog.models()) {
    CAPTURE(m.name);
    CHECK(m.codes.empty() == (m.section != entity::section::decides));
  }
}

double value_of(const entity::parameter& p) {
  return p.kind == parameter_kind::duration
             ? static_cast<double>(base::parse_duration(p.fallback)->count())
             : std::stod(p.fallback);
}

TEST_CASE("every default is within its bounds") {
  int checked = 0;
  const auto catalog = shop::make_catalog();
  for (const auto& m : catalog.models()) {
    for (const auto& p : m.parameters) {
      CAPTURE(m.name);
      CAPTURE(p.name);
      const bool counts = p.kind == parameter_kind::duration || p.kind == parameter_kind::integer ||
                          p.kind == parameter_kind::number;
      if (!counts || p.fallback.empty()) {
        continue;
      }
      REQUIRE((p.least && p.most));
      CHECK(value_of(p) >= *p.least);
      CHECK(value_of(p) <= *p.most);
      ++checked;
    }
  }
  CHECK(checked > 20);
}

workbench stores_known() {
  return workbench{"store"}
      .stream("transactions", {string("terminal_id"), decimal("total_amount")})
      .table("stores", {string("opens"), string("closes"), string("zone")});
}

TEST_CASE("people who look at an actor see a name for everything it knows") {
  const auto store = stores_known();
  const auto names_of = [](const entity::behaviour& b) {
    const support::state_block fresh{b};
    return fresh.shown();
  };
  CHECK(names_of(*store.decides("anomaly", "amount", {{"of", "total_amount"}})) ==
        R"({"level":{"mean":0,"variance":0,"n":0},"flagged":{"mean":0,"variance":0,"n":0}})");
  CHECK(names_of(*store.decides("anomaly", "velocity",
                                {{"by", "terminal_id"}, {"more_than", "9"}, {"within", "1m"}})) ==
        R"({"known":[]})");
  CHECK(names_of(*store.decides("anomaly", "off_hours")).starts_with(R"({"sales":{"mean":[0,)"));

  auto stock = products_known("stock");
  const auto demand = stock.estimates("forecast", "seasonal", {{"of", "quantity"}});
  CHECK(names_of(*demand).contains(R"("stock":{"on_hand":0,"on_order":0,"counted":false})"));
  CHECK(names_of(*stock.input("demand", *demand)
                      .decides("reorder", "order_up_to",
                               {{"demand", "demand"}, {"lead_time", "products.lead_time"}}))
            .contains(R"("next_review":null,"standing_units":0,"stands_until":null)"));
  CHECK(names_of(*stock.decides("anomaly", "price_error", {{"of", "unit_price"}}))
            .starts_with(R"({"check":{"accepted":[0,0,0,0,0,0,0],"count":0)"));
  CHECK(names_of(*stock.decides("price", "elasticity", {{"cost", "products.cost"}}))
            .contains(R"("rivals":{"latest":[{"rival_hash":0,"price_hundredths":0,"seen":null)"));

  const auto series = workbench{"series"}.stream("readings", {number("value")});
  CHECK(names_of(*series.reports("score", "series", {{"of", "value"}}))
            .starts_with(R"({"level":{"mean":0,)"));
  CHECK(names_of(*series.reports("forecast", "horizon", {{"of", "value"}}))
            .contains(R"("next_made":null)"));
}

TEST_CASE("the decisions of a chain of shops are made from a line each") {
  const auto store = stores_known();
  CHECK(store.decides("anomaly", "amount", {{"of", "total_amount"}, {"sigma", "4"}}) != nullptr);
  CHECK(store.decides("anomaly", "velocity",
                      {{"by", "terminal_id"}, {"more_than", "10"}, {"within", "1m"}}) != nullptr);
  CHECK(store.decides(
            "anomaly", "off_hours",
            {{"opens", "stores.opens"}, {"closes", "stores.closes"}, {"zone", "stores.zone"}}) !=
        nullptr);

  auto stock = products_known("stock");
  const auto demand =
      stock.estimates("forecast", "seasonal", {{"of", "quantity"}, {"period", "1d"}});
  CHECK(stock.input("demand", *demand)
            .decides("reorder", "order_up_to",
                     {{"demand", "demand"},
                      {"review", "1d"},
                      {"service_level", "0.97"},
                      {"lead_time", "products.lead_time"},
                      {"pack", "products.pack"}}) != nullptr);

  const auto sku = products_known("sku");
  CHECK(
      sku.decides("anomaly", "price_error",
                  {{"of", "unit_price"}, {"list", "products.price"}, {"cost", "products.cost"}}) !=
      nullptr);
  CHECK(sku.decides("price", "elasticity",
                    {{"cost", "products.cost"},
                     {"margin_min", "0.12"},
                     {"step_max", "0.08"},
                     {"cooldown", "24h"}}) != nullptr);
}

}  // namespace
