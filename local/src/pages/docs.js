// Shows the OpenAPI documents of this server.
const documents = {
  tyk: "Tyk Gateway's key API",
  gmi: "GMI Cloud's key API",
  requesty: "Requesty's key API",
  gate: "The gate and operators",
};

SwaggerUIBundle({
  dom_id: "#api",
  urls: Object.entries(documents).map(([file, name]) => ({ name, url: `/openapi/${file}.json` })),
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: "StandaloneLayout",
  deepLinking: true,
  docExpansion: "list",
  tryItOutEnabled: true,
  displayRequestDuration: true,
  // It would send the document to a server of Swagger's.
  validatorUrl: null,
});
