/** The contract of the catalogue. */
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "@effect/platform"
import { ProductNotFound, productTerms } from "@souk/domain/catalog/ProductCommand"
import { ProductView } from "@souk/domain/catalog/ProductView"
import { Sku } from "@souk/domain/kernel/Ids"
import { Count } from "@souk/domain/kernel/Quantity"
import { Schema } from "effect"
import { Examples, Location, Writes } from "../Annotations.ts"
import { Access } from "../auth/Access.ts"
import { Authentication } from "../auth/Authentication.ts"
import * as ReadYourWrites from "../command/ReadYourWrites.ts"
import { body, list, listQuery, path, query, withStatus } from "../Contract.ts"
import { problem } from "../Problem.ts"
import { at, eur, page } from "../docs/ExampleShop.ts"

/** A product, with how many could be ordered now. */
export const Product = Schema.Struct({ ...ProductView.fields, available: Count }).annotations({
  identifier: "Product"
})
export type Product = typeof Product.Type

/** Path parameter of a product; a malformed SKU is answered with 404. */
export const skuPath = path({ sku: Sku }, ({ sku = "" }) => new ProductNotFound({ sku }))

export const productNotFound = problem(ProductNotFound, { status: 404, title: "Product not found" })

const tea = { name: "Mint tea", price: eur(450) }

const listedTea = { sku: "TEA-MINT", ...tea, listedAt: at, updatedAt: at, available: 98 }

export const put = HttpApiEndpoint.put("put", "/v1/products/:sku")
  .annotate(Writes, true)
  .annotate(Access, "products:write")
  .annotate(Location, "/v1/products/:id")
  .annotate(OpenApi.Summary, "Create or update a product")
  .annotate(Examples, { request: { ProductRequest: tea }, response: { Product: listedTea } })
  .setPath(Schema.Struct({ sku: Sku }))
  .setPayload(body(productTerms))
  .addSuccess(Product)
  .addSuccess(withStatus(Product, 201))
  .middleware(Authentication)

export const get = HttpApiEndpoint.get("get", "/v1/products/:sku")
  .annotate(Access, "everyone")
  .annotate(OpenApi.Summary, "Get a product with its availability")
  .annotate(Examples, { response: { Product: listedTea } })
  .setPath(skuPath)
  .addSuccess(Product)
  .addError(productNotFound)

export const listed = HttpApiEndpoint.get("list", "/v1/products")
  .annotate(Access, "everyone")
  .annotate(OpenApi.Summary, "List products, newest first")
  .annotate(Examples, { response: { Products: page("/v1/products", listedTea) } })
  .setUrlParams(query(listQuery(Sku)))
  .setHeaders(Schema.Struct(ReadYourWrites.after))
  .addSuccess(list(Product))
  .addError(ReadYourWrites.listBehind)

export const ProductApi = HttpApiGroup.make("products").add(put).add(get).add(listed)
